// One type for the partial forms (a wish, an operator's rule) and the whole one (in effect): a field that is
// nil says nothing. The ranges are the daemon's; a value out of range is answered by `bad_request` naming the
// field.

/// When a breaker trips, how long it stays open and how it recovers: some or all fields of a policy.
public struct BreakerPolicy: Hashable, Sendable {
    /// A rule's threshold, or that the rule is off.
    public enum Threshold<Value: Hashable & Sendable>: Hashable, Sendable {
        /// The rule never trips.
        case off
        /// The rule trips here.
        case at(Value)
    }

    /// What the rate rules look at.
    public enum Window: Hashable, Sendable {
        /// The last so much time, 10 ms…24 h.
        case time(Duration)
        /// The last so many calls, 1…10,000.
        case calls(Int)
    }

    /// How many distinct instances must have seen trouble.
    public enum MinReporters: Hashable, Sendable {
        /// Two once three or more instances report, else one.
        case automatic
        /// 1…64.
        case atLeast(Int)
    }

    /// Trip at failures ÷ calls ≥ this, above 0 and at most 1. Default 0.5.
    public var failureRate: Threshold<Double>?
    /// A call that takes at least this long is slow, 1 ms…1 h. Default off.
    public var slowCall: Threshold<Duration>?
    /// Trip at slow ÷ calls ≥ this, above 0 and at most 1. Default off.
    public var slowCallRate: Threshold<Double>?
    /// Trip at this many failures in a row, 1…1,000,000. Default off.
    public var consecutiveFailures: Threshold<Int>?
    /// Default 10 s.
    public var window: Window?
    /// The rate rules are silent below this many calls in the window, 1…1,000,000. Default 20.
    public var minCalls: Int?
    /// Default automatic.
    public var minReporters: MinReporters?
    /// Time open before the first probe, 1 ms…24 h. Default 30 s.
    public var openFor: Duration?
    /// Each failed recovery multiplies the time open by this, 1…100. Default 2.
    public var openMultiplier: Double?
    /// The longest time open, 1 ms…7 d. Default 5 min.
    public var openMax: Duration?
    /// The part by which the time open varies either way, 0…0.5. Default 0.1.
    public var openJitter: Double?
    /// Probes outstanding at once over the whole fleet, 1…1000. Default 3.
    public var probes: Int?
    /// Successful probes that close the breaker, 1…1000. Default 3.
    public var probeSuccesses: Int?
    /// A probe not reported by then has failed, 1 ms…5 min. Default 30 s.
    public var probeLease: Duration?
    /// Whether a failure's own `retryAfter` opens the breaker for that long. Default false.
    public var honorRetryAfter: Bool?
    /// Closed and untouched that long: forgotten, 1 s…365 d. Default 24 h.
    public var idleAfter: Duration?

    /// Says nothing of any field; set those that matter.
    public init() {}
}

extension BreakerPolicy.Threshold: ExpressibleByFloatLiteral where Value == Double {
    /// The threshold, so that `policy.failureRate = 0.3` reads as it should.
    public init(floatLiteral value: Double) { self = .at(value) }
}

extension BreakerPolicy.Threshold: ExpressibleByIntegerLiteral where Value == Int {
    /// The threshold, so that `policy.consecutiveFailures = 5` reads as it should.
    public init(integerLiteral value: Int) { self = .at(value) }
}
