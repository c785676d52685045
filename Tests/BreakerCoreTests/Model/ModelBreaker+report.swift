import BreakerCore

extension ModelBreaker {
    /// Whether a call without a permit is of the present generation and calls pass freely.
    private func isTimely(_ generation: UInt64?) -> Bool {
        let isPresent = generation == nil || generation == self.generation
        switch self.state {
        case .closed: return isPresent
        case .open, .halfOpen: return false
        case .forced(let override): return isPresent && override.mode != .open
        }
    }

    private var isForcedDisabled: Bool {
        if case .forced(let override) = self.state { override.mode == .disabled } else { false }
    }

    private func isSlow(_ report: Report) -> Bool {
        guard let limit = self.policy.slowCall, let took = report.duration else { return false }
        return took >= limit
    }

    private mutating func total(_ outcome: Outcome) {
        switch outcome {
        case .success: self.totals.success += 1
        case .failure: self.totals.failure += 1
        case .timeout: self.totals.timeout += 1
        case .ignored: self.totals.ignored += 1
        }
    }

    mutating func report(_ report: Report, from reporter: Reporter, at now: Int64, jitter: Bool) -> Breaker
        .Transition?
    {
        self.touched = now
        if let permit = report.permit {
            return self.reportProbe(
                report, permit, session: reporter.session.rawValue, at: now, jitter: jitter)
        }
        guard self.isTimely(report.generation) else {
            self.totals.late += 1
            return nil
        }
        self.total(report.outcome)
        if report.outcome == .ignored || self.isForcedDisabled { return nil }
        let failed = report.outcome != .success
        let slow = self.isSlow(report)
        self.window.add(
            successes: failed ? 0 : 1, failures: failed ? 1 : 0, slow: slow ? 1 : 0, trailing: 0,
            of: reporter.instance.rawValue, at: now)
        self.failuresInARow = failed ? self.failuresInARow + 1 : 0
        if failed, let error = report.error { self.errors[error, default: 0] += 1 }
        guard self.state == .closed else { return nil }
        if failed, self.policy.honorRetryAfter, let asked = report.retryAfter, asked > .zero {
            let length = min(asked, max(self.policy.openMax, self.policy.openFor))
            return self.open(
                for: length.nanoseconds, reason: .retryAfter(length, error: report.error), at: now)
        }
        return failed || slow ? self.judge(at: now, jitter: jitter) : nil
    }

    mutating func report(_ batch: BatchReport, from reporter: Reporter, at now: Int64, jitter: Bool)
        -> Breaker.Transition?
    {
        self.touched = now
        self.refuse(batch.rejected, from: reporter)
        let failures = Int(batch.failure) + Int(batch.timeout)
        guard self.isTimely(batch.generation) else {
            self.totals.late += UInt64(batch.success) + UInt64(failures) + UInt64(batch.ignored)
            return nil
        }
        self.totals.success += UInt64(batch.success)
        self.totals.failure += UInt64(batch.failure)
        self.totals.timeout += UInt64(batch.timeout)
        self.totals.ignored += UInt64(batch.ignored)
        if self.isForcedDisabled || (batch.success == 0 && failures == 0) { return nil }
        self.window.add(
            successes: Int(batch.success), failures: failures, slow: Int(batch.slow),
            trailing: Int(batch.trailingFailures), of: reporter.instance.rawValue, at: now)
        self.failuresInARow = batch.success > 0 ? Int(batch.trailingFailures) : self.failuresInARow + failures
        if failures > 0, let error = batch.error { self.errors[error, default: 0] += failures }
        guard self.state == .closed, failures > 0 || batch.slow > 0 else { return nil }
        return self.judge(at: now, jitter: jitter)
    }

    private mutating func reportProbe(
        _ report: Report, _ permit: Permit, session: UInt64, at now: Int64, jitter: Bool
    ) -> Breaker.Transition? {
        guard self.endProbe(permit, session: session) else {
            self.totals.late += 1
            return nil
        }
        self.total(report.outcome)
        switch report.outcome {
        case .ignored:
            return nil
        case .failure, .timeout:
            return self.reopen(
                reason: .probeFailed(
                    report.outcome == .failure ? .failure : .timeout, permit: permit, error: report.error),
                at: now, jitter: jitter, asked: report.retryAfter)
        case .success:
            if self.policy.slowCallRate != nil, self.isSlow(report) {
                return self.reopen(
                    reason: .probeFailed(.slow, permit: permit, error: nil), at: now, jitter: jitter)
            }
            self.successes += 1
            if self.successes < self.policy.probeSuccesses { return nil }
            self.failedRecoveries = 0
            return self.change(to: .closed, at: now, reason: nil)
        }
    }

    mutating func endProbe(_ permit: Permit, session: UInt64) -> Bool {
        guard self.state == .halfOpen, permit.generation == self.generation,
            self.probes[permit.number]?.session == session
        else { return false }
        self.probes[permit.number] = nil
        return true
    }

    private mutating func judge(at now: Int64, jitter: Bool) -> Breaker.Transition? {
        guard let reason = self.brokenRule(at: now) else { return nil }
        let (length, slack) = self.openTime(jitter: jitter)
        return self.open(for: length, slack: slack, reason: reason, at: now)
    }

    /// Errors are compared apart (`ModelBreaker.explains`), so none is named here.
    private func brokenRule(at now: Int64) -> TripReason? {
        let counts = self.window.counts(at: now)
        var enough = counts.reporters >= 3 ? 2 : 1
        if case .atLeast(let wanted) = self.policy.minReporters { enough = min(wanted, counts.reporters) }
        func evidence(_ observed: Double, _ threshold: Double) -> TripReason.Evidence {
            TripReason.Evidence(
                observed: observed, threshold: threshold, calls: counts.calls, troubled: counts.failures,
                window: self.policy.window.label, reporters: counts.reporters,
                troubledReporters: counts.failingReporters, error: nil)
        }
        if let threshold = self.policy.consecutiveFailures, self.failuresInARow >= threshold,
            counts.failingReporters >= enough
        {
            return .consecutiveFailures(evidence(Double(self.failuresInARow), Double(threshold)))
        }
        var minCalls = self.policy.minCalls
        if case .count(let capacity) = self.policy.window { minCalls = min(minCalls, capacity) }
        if counts.calls < minCalls { return nil }
        let failureRate = Double(counts.failures) / Double(counts.calls)
        if let threshold = self.policy.failureRate, failureRate >= threshold,
            counts.failingReporters >= enough
        {
            return .failureRate(evidence(failureRate, threshold))
        }
        let slowRate = Double(counts.slow) / Double(counts.calls)
        if let threshold = self.policy.slowCallRate, let slowCall = self.policy.slowCall,
            slowRate >= threshold,
            counts.slowReporters >= enough
        {
            var seen = evidence(slowRate, threshold)
            (seen.troubled, seen.troubledReporters) = (counts.slow, counts.slowReporters)
            return .slowCallRate(seen, slowCall: slowCall)
        }
        return nil
    }
}
