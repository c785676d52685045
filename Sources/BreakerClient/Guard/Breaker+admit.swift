// Between the caller and whoever decides: the mirror where it can, else the daemon, and where that gives no
// answer in time, for whatever reason, this process itself. The only error that passes through is the
// caller's cancellation.

import BreakerCore
import BreakerWire

extension Breaker {
    /// - Throws: `BreakerOpen`, `CancellationError`.
    @inlinable
    @inline(__always)
    nonisolated(nonsending) func admission(lease: Duration?) async throws -> Admission {
        if let admission = self.admitAtOnce() { return admission }
        if let refusal = self.refuseAtOnce() { throw refusal }
        return try await self.admit(lease: lease)
    }

    /// The verdict of the mirror, where it says at once that calls pass.
    @usableFromInline
    func admitAtOnce() -> Admission? { self.cell.passing }

    /// The verdict of whoever has to be asked, or of the mirror where it takes a closer look.
    ///
    /// - Throws: `BreakerOpen`, `CancellationError`.
    @usableFromInline
    nonisolated(nonsending) func admit(lease: Duration?) async throws -> Admission {
        guard self.cell.isNameValid else { return try self.admitAlone() }
        guard self.cell.isCached else { return try await self.ask(lease: lease) }
        let now = self.clock.now
        switch self.cell.decide(isFresh: self.signals.isFresh(at: now), at: now) {
        case .allowed(let generation): return Admission(generation: generation, started: now)
        case .open(let period): throw self.refuse(period, at: now)
        case .probing(let retryAfter): throw self.refuse(.probing, retryAfter: retryAfter)
        case .ask:
            defer { self.cell.endAsking() }
            return try await self.ask(lease: lease)
        }
    }

    private nonisolated(nonsending) func ask(lease: Duration?) async throws -> Admission {
        guard self.signals.isReachable else { return try self.admitAlone() }
        switch await self.acquisition(lease: lease) {
        case .success(let acquisition):
            let now = self.clock.now
            self.cell.learn(acquisition, at: now)
            switch acquisition.verdict {
            case .allowed: return Admission(generation: acquisition.generation, started: now)
            case .probe(let permit, _):
                // Its generation is the permit's; where the connection is gone, so is the permit.
                return Admission(generation: 0, started: now, ticket: Ticket(.daemon(permit: permit)))
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

    private nonisolated(nonsending) func acquisition(
        lease: Duration?
    ) async -> Result<Acquisition, BreakerError> {
        let began = self.clock.now
        let answer = await self.answer(lease: lease)
        self.client.metrics?.ask(answer, took: self.clock.now - began)
        return answer
    }

    private nonisolated(nonsending) func answer(lease: Duration?) async -> Result<Acquisition, BreakerError> {
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
        case .allow: return Admission(generation: known, started: now, ticket: Ticket(.nobody))
        case .deny: throw self.refuse(.unavailable, retryAfter: nil)
        case .local:
            switch self.cell.admit(at: now) {
            case .allowed(let permit):
                return Admission(generation: known, started: now, ticket: Ticket(.local(permit)))
            case .refused(let reason, let retryAfter): throw self.refuse(reason, retryAfter: retryAfter)
            }
        }
    }
}
