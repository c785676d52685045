/// The names of a policy's fields: the same in the configuration file, on the wire and in every client.
package enum PolicyField: String, CaseIterable, Hashable, Sendable {
    case failureRate = "failure_rate"
    case slowCall = "slow_call"
    case slowCallRate = "slow_call_rate"
    case consecutiveFailures = "consecutive_failures"
    case window = "window"
    case minCalls = "min_calls"
    case minReporters = "min_reporters"
    case openFor = "open_for"
    case openMultiplier = "open_multiplier"
    case openMax = "open_max"
    case openJitter = "open_jitter"
    case probes = "probes"
    case probeSuccesses = "probe_successes"
    case probeLease = "probe_lease"
    case honorRetryAfter = "honor_retry_after"
    case idleAfter = "idle_after"
}

/// A field's value as it is written: the shapes JSON and YAML share.
package enum PolicyValue: Hashable, Sendable {
    /// `null`: the rule is off.
    case off
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
}

/// A value that a field does not take.
package struct PolicyProblem: Error, Hashable, Sendable {
    package let field: PolicyField
    /// What the field takes, for a person: "must be a number above 0 and at most 1, or null".
    package let message: String

    package init(field: PolicyField, message: String) {
        self.field = field
        self.message = message
    }
}
