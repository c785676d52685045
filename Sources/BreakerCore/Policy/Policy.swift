/// When a breaker trips, how long it stays open and how it recovers. Every field is set; `PolicyPatch` holds
/// the partial forms that files, operators and clients write.
///
/// A plain value without references: the hot path hands it around without touching a reference count.
package struct Policy: Hashable, Sendable {
    /// What the rate rules look at.
    package enum WindowShape: Hashable, Sendable {
        /// The last so much time, in 10 equal buckets.
        case time(Interval)
        /// The last so many calls, 1…10,000.
        case count(Int)
    }

    /// How many distinct instances must have seen trouble before a rule may trip.
    package enum MinReporters: Hashable, Sendable {
        /// Two once three or more instances report, else one.
        case automatic
        case atLeast(Int)
    }

    /// Trip at failures ÷ calls ≥ this, in (0, 1]; nil: off.
    package var failureRate: Double? = 0.5
    /// A call that takes at least this long is slow; nil: none is.
    package var slowCall: Interval?
    /// Trip at slow ÷ calls ≥ this, in (0, 1]; nil: off.
    package var slowCallRate: Double?
    /// Trip at this many failures in a row; nil: off.
    package var consecutiveFailures: Int?
    package var window = WindowShape.time(.seconds(10))
    /// The rate rules are silent below this many calls in the window.
    package var minCalls = 20
    package var minReporters = MinReporters.automatic
    /// Time open before the first probe.
    package var openFor = Interval.seconds(30)
    /// Each failed recovery multiplies `openFor` by this, up to `openMax`.
    package var openMultiplier = 2.0
    package var openMax = Interval.minutes(5)
    /// The part of the open time, 0…0.5, by which it varies either way.
    package var openJitter = 0.1
    /// Probes outstanding at once, over the whole fleet.
    package var probes = 3
    /// Successful probes that close the breaker.
    package var probeSuccesses = 3
    /// A probe not reported by then counts as a failed one.
    package var probeLease = Interval.seconds(30)
    /// Whether a failure's own `retry_after_ms` opens the breaker for that long.
    package var honorRetryAfter = false
    /// Closed, not overridden and untouched this long: forgotten.
    package var idleAfter = Interval.hours(24)

    package static let `default` = Policy()

    package init() {}
}
