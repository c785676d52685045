// Recovery: what ends half-open, and what time alone brings about.

extension Breaker {
    /// An outcome that carries a permit.
    mutating func reportProbe(
        _ report: Report, permit: Permit, from reporter: Reporter, at now: Instant,
        policy: Policy, jitter: JitterSeed?
    ) -> Transition? {
        guard self.endProbe(permit, session: reporter.session) != nil else {
            self.totals.late.grow(by: 1)
            return nil
        }
        self.totals.count(report.outcome)
        switch report.outcome {
        case .ignored:
            return nil
        case .failure, .timeout:
            let kind: TripReason.ProbeFailure = report.outcome == .failure ? .failure : .timeout
            return self.reopen(
                because: .probeFailed(kind, permit: permit, error: report.error), at: now, policy: policy,
                jitter: jitter, atLeast: policy.honorRetryAfter ? report.retryAfter : nil)
        case .success:
            if policy.slowCallRate != nil, Breaker.isSlow(report.duration, policy: policy) {
                return self.reopen(
                    because: .probeFailed(.slow, permit: permit, error: nil), at: now, policy: policy,
                    jitter: jitter)
            }
            return self.probeSucceeded(at: now, policy: policy)
        }
    }

    /// What is due at `now` by time alone; one step at a call, nil when nothing is left to do.
    ///
    /// Called before every other event and when `nextDeadline` comes.
    package mutating func elapse(
        at now: Instant, policy: Policy, jitter: JitterSeed?
    ) -> Transition? {
        switch self.phase {
        case .closed:
            return nil
        case .open(let opening):
            guard opening.until <= now else { return nil }
            return self.move(to: .halfOpen(Probation()), at: now, reason: nil)
        case .halfOpen(let probation):
            guard let probe = probation.expired(at: now) else { return nil }
            self.totals.timeout.grow(by: 1)
            let permit = Permit(generation: self.generation, number: probe.number)
            return self.reopen(
                because: .probeExpired(permit: permit, lease: probe.lease), at: now, policy: policy,
                jitter: jitter)
        case .forced(let override):
            guard let until = override.until, until <= now else { return nil }
            return self.clear(override, at: now, reason: nil)
        }
    }

    /// A recovery failed: open again, longer. Outstanding permits are void with their generation.
    private mutating func reopen(
        because reason: TripReason, at now: Instant, policy: Policy, jitter: JitterSeed?,
        atLeast pause: Interval? = nil
    ) -> Transition {
        self.backoff = self.backoff == .max ? .max : self.backoff + 1
        let length = self.openLength(policy, jitter: jitter)
        let asked = min(pause ?? .zero, max(policy.openMax, policy.openFor))
        return self.open(because: reason, for: max(length, asked), at: now)
    }

    private mutating func probeSucceeded(at now: Instant, policy: Policy) -> Transition? {
        guard case .halfOpen(var probation) = self.phase else { return nil }
        probation.succeeded()
        guard probation.successes >= policy.probeSuccesses else {
            self.phase = .halfOpen(probation)
            return nil
        }
        self.backoff = 0
        return self.move(to: .closed, at: now, reason: nil)
    }
}
