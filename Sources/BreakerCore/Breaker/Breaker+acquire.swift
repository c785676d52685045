// Asking for a permit, and giving one back without a verdict.

/// The answer to `acquire`.
package enum Verdict: Hashable, Sendable {
    /// Closed, or forced so.
    case allowed
    /// Half-open: this call decides; report it with the permit before the lease ends.
    case probe(Permit, lease: Interval)
    case refused(Refusal, retryAfter: Interval?)
}

package enum Refusal: String, Hashable, Sendable {
    case open
    /// Half-open, and as many probes are out as the verdict needs.
    case probing
    case forcedOpen = "forced_open"
}

extension Breaker {
    /// Asks whether a call may pass. The caller has fed `elapse` first, so no deadline is overdue.
    ///
    /// - Parameter lease: how long a probe may take; nil: the policy's `probe_lease`.
    package mutating func acquire(
        by reporter: Reporter, lease: Interval?, at now: Instant, policy: Policy
    ) -> Verdict {
        self.touched = now
        switch self.phase {
        case .closed:
            return .allowed
        case .open(var opening):
            let wait = Breaker.retryAfter(opening, at: now)
            opening.refused = opening.refused.saturatingAdd(1)
            self.phase = .open(opening)
            return self.refuse(.open, retryAfter: wait, reporter)
        case .halfOpen(var probation):
            guard probation.hasRoom(policy) else {
                return self.refuse(.probing, retryAfter: Breaker.retryAfter(probation, at: now), reporter)
            }
            let lease = lease ?? policy.probeLease
            let number = probation.admit(session: reporter.session, lease: lease, at: now)
            self.phase = .halfOpen(probation)
            return .probe(Permit(generation: self.generation, number: number), lease: lease)
        case .forced(let override):
            guard override.mode == .open else { return .allowed }
            return self.refuse(.forcedOpen, retryAfter: override.until.map { $0 - now }, reporter)
        }
    }

    /// The holder gives a probe back: the slot is free, nothing is decided. Whether the permit was still
    /// held.
    package mutating func release(_ permit: Permit, by session: SessionID, at now: Instant) -> Bool {
        self.touched = now
        return self.endProbe(permit, session: session) != nil
    }

    /// The holder's connection ended. Whether the permit was still held.
    package mutating func lose(_ permit: Permit, by session: SessionID) -> Bool {
        guard self.endProbe(permit, session: session) != nil else { return false }
        self.totals.lostProbes.grow(by: 1)
        return true
    }

    /// Ends a probe of the present generation; nil if `session` does not hold it.
    mutating func endProbe(_ permit: Permit, session: SessionID) -> Probation.Probe? {
        guard permit.generation == self.generation, case .halfOpen(var probation) = self.phase,
            let probe = probation.end(permit.number, session: session)
        else { return nil }
        self.phase = .halfOpen(probation)
        return probe
    }

    private mutating func refuse(
        _ refusal: Refusal, retryAfter: Interval?, _ reporter: Reporter
    ) -> Verdict {
        self.countRefused(1, from: reporter.instance)
        return .refused(refusal, retryAfter: retryAfter)
    }

    /// A slot may be free soon: ask again within a second, or when the first lease ends.
    private static func retryAfter(_ probation: Probation, at now: Instant) -> Interval {
        let expiry = probation.nextExpiry.map { $0 - now } ?? .seconds(1)
        return max(.milliseconds(1), min(expiry, .seconds(1)))
    }
}
