// Outcomes: counted, judged, or late.

extension Breaker {
    /// Takes one outcome. The caller has fed `elapse` first.
    package mutating func report(
        _ report: Report, from reporter: Reporter, at now: Instant, policy: Policy,
        jitter: JitterSeed?
    ) -> Transition? {
        self.touched = now
        if let permit = report.permit {
            return self.reportProbe(
                report, permit: permit, from: reporter, at: now, policy: policy, jitter: jitter)
        }
        guard self.counts(report.generation) else {
            self.totals.late.grow(by: 1)
            return nil
        }
        self.totals.count(report.outcome)
        guard report.outcome != .ignored, self.fillsWindow else { return nil }
        let failed = report.outcome.isFailure
        let slow = Breaker.isSlow(report.duration, policy: policy)
        self.enter(
            WindowEntry(successes: failed ? 0 : 1, failures: failed ? 1 : 0, slow: slow ? 1 : 0),
            from: reporter.instance, at: now)
        if let duration = report.duration {
            self.latency.add(LatencyBucket(duration), 1, halves: self.window.halves, at: now)
        }
        guard failed else {
            self.consecutiveFailures = 0
            return slow ? self.judge(at: now, policy: policy, jitter: jitter) : nil
        }
        self.consecutiveFailures = self.consecutiveFailures.saturatingAdd(1)
        self.countError(report.error)
        if let reopening = self.honor(report.retryAfter, error: report.error, at: now, policy: policy) {
            return reopening
        }
        return self.judge(at: now, policy: policy, jitter: jitter)
    }

    /// Takes what one instance counted since its last batch; the rules are judged once, after the whole of
    /// it.
    ///
    /// - Parameter durations: how long its successes, failures and timeouts took, as far as it tells.
    package mutating func report(
        _ batch: BatchReport, durations: UnsafeBufferPointer<DurationCount>, from reporter: Reporter,
        at now: Instant, policy: Policy, jitter: JitterSeed?
    ) -> Transition? {
        self.touched = now
        self.countRefused(batch.rejected, from: reporter.instance)
        let failures = batch.failure.saturatingAdd(batch.timeout)
        guard self.counts(batch.generation) else {
            self.totals.late.grow(by: UInt64(batch.success) + UInt64(failures) + UInt64(batch.ignored))
            return nil
        }
        self.totals.count(batch)
        guard batch.success > 0 || failures > 0, self.fillsWindow else { return nil }
        self.enter(
            WindowEntry(
                successes: batch.success, failures: failures, slow: batch.slow,
                trailingFailures: batch.trailingFailures),
            from: reporter.instance, at: now)
        for duration in durations {
            self.latency.add(duration.bucket, duration.count, halves: self.window.halves, at: now)
        }
        self.consecutiveFailures =
            batch.success > 0 ? batch.trailingFailures : self.consecutiveFailures.saturatingAdd(failures)
        self.countError(batch.error, times: failures)
        return failures > 0 || batch.slow > 0 ? self.judge(at: now, policy: policy, jitter: jitter) : nil
    }

    /// Whether an outcome without a permit, of `generation`, counts: calls pass freely and it is the present
    /// one.
    private func counts(_ generation: UInt64?) -> Bool {
        switch self.phase {
        case .closed: generation ?? self.generation == self.generation
        case .forced(let override): override.mode != .open && generation ?? self.generation == self.generation
        case .open, .halfOpen: false
        }
    }

    private var fillsWindow: Bool {
        switch self.phase {
        case .closed: true
        case .forced(let override): override.mode == .closed
        case .open, .halfOpen: false
        }
    }

    package static func isSlow(_ duration: Interval?, policy: Policy) -> Bool {
        guard let duration, let limit = policy.slowCall else { return false }
        return duration >= limit
    }

    /// The dependency asked for a pause: everybody gives it one.
    private mutating func honor(
        _ retryAfter: Interval?, error: String?, at now: Instant, policy: Policy
    ) -> Transition? {
        guard policy.honorRetryAfter, let retryAfter, retryAfter > .zero, self.phase == .closed else {
            return nil
        }
        let length = min(retryAfter, max(policy.openMax, policy.openFor))
        return self.open(because: .retryAfter(length, error: error), for: length, at: now)
    }

    private mutating func judge(at now: Instant, policy: Policy, jitter: JitterSeed?) -> Transition? {
        guard self.phase == .closed, let reason = self.trippedRule(at: now, policy: policy) else {
            return nil
        }
        return self.open(because: reason, for: self.openLength(policy, jitter: jitter), at: now)
    }
}
