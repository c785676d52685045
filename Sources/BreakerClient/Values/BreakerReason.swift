/// Why a breaker was moved, with the figures that decided it. Which fields are set depends on `rule`.
public struct BreakerReason: Hashable, Sendable {
    /// Open: a newer daemon may have further rules.
    public struct Rule: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        public var description: String { self.rawValue }

        /// So many failures in a row.
        public static let consecutiveFailures = Rule(rawValue: "consecutive_failures")
        /// Too many of the calls in the window failed.
        public static let failureRate = Rule(rawValue: "failure_rate")
        /// Too many of the calls in the window were slow.
        public static let slowCallRate = Rule(rawValue: "slow_call_rate")
        /// A probe failed or was slow.
        public static let probeFailed = Rule(rawValue: "probe_failed")
        /// A probe was not reported before its lease ended.
        public static let probeExpired = Rule(rawValue: "probe_expired")
        /// The dependency itself asked to be left alone.
        public static let retryAfter = Rule(rawValue: "retry_after")
        /// An operator moved it.
        public static let `operator` = Rule(rawValue: "operator")
    }

    /// Says which of the other fields are set.
    public var rule: Rule
    /// The rate, or the failures in a row, that the rule saw.
    public var observed: Double?
    /// What the policy allows.
    public var threshold: Double?
    /// In the window.
    public var calls: Int?
    /// Of those calls.
    public var failures: Int?
    /// Slow ones of those calls.
    public var slow: Int?
    /// What counted as slow, as in the policy: "250ms".
    public var slowCall: String?
    /// "10s" or "100 calls".
    public var window: String?
    /// Distinct instances that reported.
    public var reporters: Int?
    /// Those of them that saw trouble.
    public var failingReporters: Int?
    /// What most failures named.
    public var error: String?
    /// How the probe ended: "failure", "timeout" or "slow".
    public var outcome: String?
    /// Of the probe.
    public var permit: String?
    /// Of the probe that expired.
    public var lease: Duration?
    /// What the dependency asked for.
    public var retryAfter: Duration?
    /// An operator's "trip", "reset" or "override".
    public var command: String?
    /// Of an override: "open", "closed", "disabled" or "auto".
    public var mode: String?
    /// Who moved it.
    public var actor: String?
    /// The reason that the operator gave.
    public var note: String?
    /// Whose calls brought a trip about, those with the most of the trouble first, at most 5.
    public var instances: [InstanceShare] = []
    /// Of calls behind a trip, as far as they were traced: trace-ids of W3C Trace Context, the latest first.
    public var traces: [String] = []

    /// A reason of which nothing more is known.
    public init(rule: Rule) { self.rule = rule }
}
