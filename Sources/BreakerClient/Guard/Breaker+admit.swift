// Between the caller and whoever decides: the mirror where it can, else the daemon, and where that gives no
// answer in time, for whatever reason, this process itself. The only error that passes through is the
// caller's cancellation.

import BreakerCore
import BreakerWire

extension Breaker {
    /// The verdict of the mirror, where it says at once that calls pass.
    func admitAtOnce() -> Admission? {
        guard case .closed(let generation) = self.cell.gate.verdict else { return nil }
        let now = self.clock.now
        guard self.signals.isFresh(at: now) else { return nil }
        return Admission(source: .fleet(generation: generation), started: now)
    }

    /// - Throws: `BreakerOpen`, `CancellationError`.
    func admission(lease: Duration?) async throws -> Admission {
        if let admission = self.admitAtOnce() { return admission }
        return try await self.admit(lease: lease)
    }

    func admit(lease: Duration?) async throws -> Admission {
        guard self.cell.isNameValid else { return try self.admitAlone() }
        switch self.configuration.mode {
        case .strict: return try await self.ask(lease: lease)
        case .cached:
            let now = self.clock.now
            switch self.cell.decide(isFresh: self.signals.isFresh(at: now), at: now) {
            case .allowed(let generation):
                return Admission(source: .fleet(generation: generation), started: now)
            case .refused(let reason, let retryAfter):
                throw self.refusal(reason, retryAfter: retryAfter)
            case .ask:
                defer { self.cell.endAsking() }
                return try await self.ask(lease: lease)
            }
        }
    }

    private func ask(lease: Duration?) async throws -> Admission {
        guard self.signals.isReachable else { return try self.admitAlone() }
        switch await self.acquisition(lease: lease) {
        case .success(let acquisition):
            let now = self.clock.now
            self.cell.learn(acquisition, at: now)
            switch acquisition.verdict {
            case .allowed:
                return Admission(source: .fleet(generation: acquisition.generation), started: now)
            case .probe(let permit, _): return Admission(source: .probe(permit: permit), started: now)
            // The daemon has counted the refusal.
            case .refused(let reason, let retryAfter):
                self.cell.observer.metrics?.reject()
                throw BreakerOpen(breaker: self.name, reason: reason, retryAfter: retryAfter)
            }
        case .failure(let error):
            if error.code == .cancelled { throw CancellationError() }
            return try self.admitAlone()
        }
    }

    private func acquisition(lease: Duration?) async -> Result<Acquisition, BreakerError> {
        let began = self.clock.now
        let answer = await self.answer(lease: lease)
        self.client.metrics?.ask(answer, took: self.clock.now - began)
        return answer
    }

    private func answer(lease: Duration?) async -> Result<Acquisition, BreakerError> {
        do throws(BreakerError) {
            // A lease that no daemon takes must not turn every call into one that the daemon never sees.
            let lease = lease.map { min(max($0, .milliseconds(1)), .seconds(300)) }
            let reply = try await self.connection.send(
                .acquire(self.name, lease: lease, deadline: self.configuration.callDeadline))
            return .success(try reply.acquisition(of: self.name))
        } catch {
            return .failure(error)
        }
    }

    /// The daemon cannot be asked.
    private func admitAlone() throws(BreakerOpen) -> Admission {
        let now = self.clock.now
        let known = self.cell.knownGeneration
        switch self.configuration.onUnavailable {
        case .allow: return Admission(source: .nobody(knownGeneration: known), started: now)
        case .deny: throw self.refusal(.unavailable, retryAfter: nil)
        case .local:
            switch self.cell.admit(at: now) {
            case .allowed(let permit):
                return Admission(source: .local(permit, knownGeneration: known), started: now)
            case .refused(let reason, let retryAfter): throw self.refusal(reason, retryAfter: retryAfter)
            }
        }
    }

    /// A refusal that the daemon does not know of yet.
    private func refusal(_ reason: RefusalReason, retryAfter: Duration?) -> BreakerOpen {
        let urgency = self.cell.ledger.rejected(
            generation: self.cell.knownGeneration, at: self.clock.now)
        self.wake(urgency)
        return BreakerOpen(breaker: self.name, reason: reason, retryAfter: retryAfter)
    }
}
