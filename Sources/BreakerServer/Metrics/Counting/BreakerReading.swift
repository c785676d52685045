import BreakerCore

/// What metrics show of one breaker, or of all others together.
struct BreakerReading: Sendable {
    /// An override that is in force; of several breakers, all of one mode.
    struct ForcedMode: Sendable {
        var breakers = 0
        /// How long it has been in force; the longest.
        var age = Interval.zero
        /// Until it ends by itself; the shortest. Nil: somebody must end it.
        var remaining: Interval?
    }

    /// The value of the label.
    let name: String
    /// When its counters began.
    let since: Instant?
    /// How many are in each state.
    var breakers = PerState<Int>(repeating: 0)
    var totals = Totals()
    var milliseconds = PerState<Int64>(repeating: 0)
    /// Transitions by the state they led to.
    var reached = PerState<UInt64>(repeating: 0)
    var window = WindowCounts()
    /// Of one breaker; nil where no call in its window has a duration.
    var latency: LatencyPercentiles?
    var durations = DurationTotals()
    var probes = 0
    var forced: [Override.Mode: ForcedMode] = [:]

    init(name: String, since: Instant? = nil) {
        (self.name, self.since) = (name, since)
    }

    mutating func add(_ breaker: borrowing Breaker, at now: Instant) {
        self.breakers[breaker.state] += 1
        self.totals.add(breaker.totals)
        if !breaker.window.isEmpty { self.add(breaker.window.counts(at: now)) }
        switch breaker.phase {
        case .halfOpen(let probation): self.probes += probation.outstanding.count
        case .forced(let override): self.add(override, age: now - breaker.since, at: now)
        case .closed, .open: break
        }
    }

    private mutating func add(_ counts: WindowCounts) {
        self.window.calls += counts.calls
        self.window.failures += counts.failures
        self.window.slow += counts.slow
    }

    private mutating func add(_ override: Override, age: Interval, at now: Instant) {
        var mode = self.forced[override.mode] ?? ForcedMode()
        mode.breakers += 1
        mode.age = max(mode.age, age)
        if let until = override.until {
            mode.remaining = min(mode.remaining ?? .distant, max(.zero, until - now))
        }
        self.forced[override.mode] = mode
    }

    /// Adds what the series counts beside the breakers that there are; after all of them.
    mutating func add(_ tally: BreakerTally, of breakers: PerState<Int>, at milliseconds: Int64) {
        self.totals.add(tally.totals)
        for state in BreakerState.allCases {
            self.milliseconds[state] +=
                tally.milliseconds[state] + Int64(breakers[state]) * milliseconds
            self.reached[state] += tally.reached[state]
        }
    }
}

extension Interval {
    fileprivate static let distant = Interval(nanoseconds: .max)
}
