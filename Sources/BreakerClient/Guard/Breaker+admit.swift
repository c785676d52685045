// Between the caller and whoever decides. The daemon is asked first; when it gives no answer in time, for
// whatever reason, the answer is this process's own. The only error that passes through is the caller's
// cancellation.

import BreakerWire

extension Breaker {
    /// - Throws: `BreakerOpen`, `CancellationError`.
    func admit(lease: Duration?) async throws -> Admission {
        guard self.cell.isNameValid else { return try self.admitAlone() }
        switch await self.ask(lease: lease) {
        case .success(let acquisition):
            self.cell.learn(acquisition)
            switch acquisition.verdict {
            case .allowed:
                return Admission(.daemon(generation: acquisition.generation, permit: nil))
            case .probe(let permit, _):
                return Admission(.daemon(generation: acquisition.generation, permit: permit))
            case .refused(let reason, let retryAfter):
                throw BreakerOpen(breaker: self.name, reason: reason, retryAfter: retryAfter)
            }
        case .failure(let error):
            if error.code == .cancelled { throw CancellationError() }
            return try self.admitAlone()
        }
    }

    private func ask(lease: Duration?) async -> Result<Acquisition, BreakerError> {
        do throws(BreakerError) {
            // A lease that no daemon takes must not turn every call into one that the daemon never sees.
            let lease = lease.map { min(max($0, .milliseconds(1)), .seconds(300)) }
            let reply = try await self.connection.send(
                .acquire(
                    self.name, lease: lease, declaration: self.cell.declaration,
                    deadline: self.configuration.callDeadline))
            return .success(try reply.acquisition(of: self.name))
        } catch {
            return .failure(error)
        }
    }

    private func admitAlone() throws(BreakerOpen) -> Admission {
        switch self.configuration.onUnavailable {
        case .allow: return Admission(.nobody)
        case .deny: throw BreakerOpen(breaker: self.name, reason: .unavailable, retryAfter: nil)
        case .local: return Admission(.local(try self.cell.admit()))
        }
    }

    /// Tells whoever admitted the call how it went. Nothing is waited for.
    func settle(_ admission: Admission, _ verdict: CallVerdict, duration: Duration) {
        let verdict = verdict.bounded
        switch admission.source {
        case .nobody: break
        case .local(let permit): self.cell.report(permit, verdict, duration: duration)
        case .daemon(let generation, let permit):
            let report = CallReport(
                breaker: self.name, outcome: verdict.outcome, generation: permit == nil ? generation : nil,
                permit: permit, duration: duration.boundedToDay, error: verdict.error,
                retryAfter: verdict.retryAfter)
            self.connection.post("report") { report.write(to: &$0) }
        }
    }

    /// The call was not made, or says nothing.
    func giveBack(_ admission: Admission) {
        switch admission.source {
        case .nobody, .daemon(_, nil): break
        case .local(let permit): self.cell.release(permit)
        case .daemon(_, let permit?):
            self.connection.post("release") { line in
                line.field("breaker", self.name)
                line.field("permit", permit)
            }
        }
    }
}
