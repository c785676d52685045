@testable import BreakerClient

extension BreakerStatus {
    /// A breaker without traffic under the default policy, changed by `change`.
    static func sample(
        _ state: BreakerState = .closed, _ change: (inout BreakerStatus) -> Void = { _ in }
    ) -> BreakerStatus {
        var status = BreakerStatus(
            breaker: "payments", state: state, generation: 41, timeInState: .seconds(18), window: Window(),
            totals: Totals(), probes: Probes(), policy: .defaults)
        change(&status)
        return status
    }
}

extension BreakerPolicy {
    /// The policy of a breaker for which nobody has said anything.
    static var defaults: BreakerPolicy {
        var policy = BreakerPolicy()
        policy.failureRate = 0.5
        policy.slowCall = .off
        policy.slowCallRate = .off
        policy.consecutiveFailures = .off
        policy.window = .time(.seconds(10))
        policy.minCalls = 20
        policy.minReporters = .automatic
        policy.openFor = .seconds(30)
        policy.openMultiplier = 2
        policy.openMax = .seconds(300)
        policy.openJitter = 0.1
        policy.probes = 3
        policy.probeSuccesses = 3
        policy.probeLease = .seconds(30)
        policy.honorRetryAfter = false
        policy.idleAfter = .seconds(86_400)
        return policy
    }
}

extension BreakerStatus.Window {
    static func sample(
        calls: Int, failures: Int = 0, slow: Int = 0, inARow: Int = 0, reporters: Int = 5, failing: Int = 4
    ) -> Self {
        var window = Self()
        window.calls = calls
        window.failures = failures
        window.slow = slow
        window.failureRate = calls > 0 ? Double(failures) / Double(calls) : 0
        window.slowCallRate = calls > 0 ? Double(slow) / Double(calls) : 0
        window.consecutiveFailures = inARow
        window.reporters = reporters
        window.failingReporters = failing
        return window
    }
}

extension BreakerStatus.Probes {
    static func sample(outstanding: Int, successes: Int, needed: Int) -> Self {
        var probes = Self()
        (probes.outstanding, probes.successes, probes.needed) = (outstanding, successes, needed)
        return probes
    }
}

extension BreakerReason {
    static func sample(_ rule: Rule, _ change: (inout BreakerReason) -> Void = { _ in }) -> BreakerReason {
        var reason = BreakerReason(rule: rule)
        change(&reason)
        return reason
    }

    /// 37 of 52 calls failed.
    static let manyFailures = BreakerReason.sample(.failureRate) {
        $0.observed = 37.0 / 52
        $0.threshold = 0.5
        $0.calls = 52
        $0.failures = 37
        $0.window = "10s"
        $0.reporters = 5
        $0.failingReporters = 4
        $0.error = "ConnectTimeout"
    }
}
