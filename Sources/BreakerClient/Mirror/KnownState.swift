import BreakerCore

/// What the daemon said last of a breaker.
struct KnownState: Hashable, Sendable {
    var state: BreakerState
    var generation: UInt64
    /// When the state ends by itself; nil: never, or nobody said.
    var until: Instant?
    /// How long it had to go when it was told.
    var length: Interval?
    /// An operator holds it open.
    var isForcedOpen = false

    init(_ answer: Acquisition, at now: Instant) {
        (self.state, self.generation) = (answer.state, answer.generation)
        if case .refused(let reason, let retryAfter) = answer.verdict {
            self.isForcedOpen = reason == .forcedOpen
            self.set(retryAfter, at: now)
        }
    }

    init(_ change: BreakerChange, at now: Instant) {
        (self.state, self.generation) = (change.state, change.generation)
        self.isForcedOpen = change.override?.mode == .open
        self.set(change.retryAfter, at: now)
    }

    private mutating func set(_ retryAfter: Duration?, at now: Instant) {
        self.length = retryAfter.map(Interval.init)
        self.until = self.length.map { now + $0 }
    }
}
