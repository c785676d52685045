// The rules that trip a closed breaker.

extension Breaker {
    /// The first rule that the window breaks: failures in a row, failure rate, slow calls.
    func trippedRule(at now: Instant, policy: Policy) -> TripReason? {
        let counts = self.window.counts(at: now)
        if let threshold = policy.consecutiveFailures, Int(self.consecutiveFailures) >= threshold,
            Breaker.isSeenByEnough(counts.failingReporters, of: counts, policy: policy)
        {
            return .consecutiveFailures(
                self.evidence(Double(self.consecutiveFailures), Double(threshold), counts, policy, at: now))
        }
        guard counts.calls >= Breaker.effectiveMinCalls(policy) else { return nil }
        if let threshold = policy.failureRate, counts.failures > 0, counts.failureRate >= threshold,
            Breaker.isSeenByEnough(counts.failingReporters, of: counts, policy: policy)
        {
            return .failureRate(self.evidence(counts.failureRate, threshold, counts, policy, at: now))
        }
        return self.slowRule(counts, policy: policy, at: now)
    }

    /// How near the nearest rule is to tripping it, 0…1, for people who ask "how far is it?". A rate of too
    /// few calls to be judged counts by how many of them there are. 0 in any other state than closed.
    package func nearness(_ counts: WindowCounts, policy: Policy) -> Double {
        guard self.phase == .closed else { return 0 }
        let judged = min(1, Double(counts.calls) / Double(max(1, Breaker.effectiveMinCalls(policy))))
        var nearest = 0.0
        if let threshold = policy.consecutiveFailures {
            nearest = Double(self.consecutiveFailures) / Double(threshold)
        }
        if let threshold = policy.failureRate, counts.failures > 0 {
            nearest = max(nearest, judged * min(1, counts.failureRate / threshold))
        }
        if let threshold = policy.slowCallRate, counts.slow > 0 {
            nearest = max(nearest, judged * min(1, counts.slowCallRate / threshold))
        }
        return min(1, nearest)
    }

    private func slowRule(_ counts: WindowCounts, policy: Policy, at now: Instant) -> TripReason? {
        guard let threshold = policy.slowCallRate, let slowCall = policy.slowCall, counts.slow > 0,
            counts.slowCallRate >= threshold,
            Breaker.isSeenByEnough(counts.slowReporters, of: counts, policy: policy)
        else { return nil }
        var evidence = self.evidence(
            counts.slowCallRate, threshold, counts, policy, by: .slow, at: now)
        evidence.troubled = counts.slow
        evidence.troubledReporters = counts.slowReporters
        return .slowCallRate(evidence, slowCall: slowCall)
    }

    /// A window of N calls never holds more than N: a larger `min_calls` would silence the rules for good.
    private static func effectiveMinCalls(_ policy: Policy) -> Int {
        switch policy.window {
        case .time: policy.minCalls
        case .count(let calls): min(policy.minCalls, calls)
        }
    }

    /// `min_reporters`: one bad instance must not stop the fleet, a fleet of one must still be protected.
    private static func isSeenByEnough(
        _ troubled: Int, of counts: WindowCounts, policy: Policy
    ) -> Bool {
        let wanted =
            switch policy.minReporters {
            case .automatic: counts.reporters >= 3 ? 2 : 1
            case .atLeast(let number): number
            }
        return troubled >= min(wanted, counts.reporters)
    }

    private func evidence(
        _ observed: Double, _ threshold: Double, _ counts: WindowCounts, _ policy: Policy,
        by trouble: InstanceShare.Trouble = .failures, at now: Instant
    ) -> TripReason.Evidence {
        var evidence = TripReason.Evidence(
            observed: observed, threshold: threshold, calls: counts.calls, troubled: counts.failures,
            window: policy.window.label, reporters: counts.reporters,
            troubledReporters: counts.failingReporters, error: self.leadingError)
        evidence.instances = self.shares(by: trouble, at: now).prefix(InstanceShare.mostOfTrip)
            .filter { $0.share > 0 }
        return evidence
    }
}
