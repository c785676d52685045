/// Calls by what became of them.
public struct PeriodCounts: Hashable, Sendable {
    /// Succeeded.
    public var success: UInt64 = 0
    /// Failed.
    public var failure: UInt64 = 0
    /// Took too long, or never came back.
    public var timeout: UInt64 = 0
    /// Ended in a way that says nothing about the dependency.
    public var ignored: UInt64 = 0
    /// Were refused, by the daemon and by clients on its word.
    public var rejected: UInt64 = 0
    /// Were told too late to decide anything.
    public var late: UInt64 = 0

    /// No calls.
    public init() {}

    /// Calls that reached the dependency and were judged.
    public var judged: UInt64 { self.success + self.failure + self.timeout }
    /// Failures and timeouts.
    public var failed: UInt64 { self.failure + self.timeout }
}

/// One breaker's minute.
public struct BreakerMinute: Hashable, Sendable {
    /// Its start.
    public var at: WallTime
    /// The worst state that the breaker was in: open, else half-open, else closed.
    public var state: BreakerState
    /// What was counted in it.
    public var calls: PeriodCounts
    /// The median of the breaker's window, averaged over the minute's calls; nil: no duration is known.
    public var p50: Duration?
    /// The highest 99th percentile of the window that was read in it; nil: no duration is known.
    public var p99: Duration?
}

/// What a span of time brought.
public struct PeriodSummary: Hashable, Sendable {
    /// One breaker over the whole span.
    public struct Breaker: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// What it counted.
        public var calls: PeriodCounts
        /// How often it went from closed to open, by a rule or by `trip`.
        public var trips: Int
        /// For how long it was open, by a rule or by command.
        public var openTime: Duration
        /// The highest of its minutes; nil: no duration is known.
        public var p99: Duration?
        /// Of this span; nil: there was none.
        public var lastTrip: BreakerStatus.LastTrip?
    }

    /// A part of the span, of all breakers.
    public struct Step: Hashable, Sendable {
        /// Its start.
        public var at: WallTime
        /// What was counted in it.
        public var calls: PeriodCounts
        /// How many breakers went from closed to open.
        public var trips: Int
    }

    /// Its start.
    public var since: WallTime
    /// Its end; now at the latest.
    public var until: WallTime
    /// How long a step is.
    public var stepLength: Duration
    /// How many breakers there is anything to tell of.
    public var count: Int
    /// Of all of them.
    public var calls: PeriodCounts
    /// Of all of them.
    public var trips: Int
    /// Of all of them, added up.
    public var openTime: Duration
    /// The worst of them, the worst first.
    public var breakers: [Breaker]
    /// From the start to the end, empty ones too.
    public var steps: [Step]
}
