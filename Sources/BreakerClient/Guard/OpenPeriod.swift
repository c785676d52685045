import BreakerCore

/// One time during which the mirror has a breaker's calls refused.
final class OpenPeriod: Sendable {
    /// Another one for each: what was remembered of an earlier period is not taken for this one.
    let number: UInt64
    let breaker: String
    let reason: RefusalReason
    let generation: UInt64
    /// Nil: without an end, forced by an operator.
    let until: Instant?
    /// How long it had to go when it was told.
    let length: Interval
    let clock: ClientClock

    /// Nil: the breaker is not open, or nobody knows for how long.
    init?(_ known: KnownState, number: UInt64, breaker: String, clock: ClientClock) {
        guard known.state == .open, known.until != nil || known.isForcedOpen else { return nil }
        self.number = number
        self.breaker = breaker
        self.reason = known.isForcedOpen ? .forcedOpen : .open
        self.generation = known.generation
        self.until = known.until
        self.length = known.length ?? .zero
        self.clock = clock
    }

    /// Whether its deadline has passed.
    func isOver(at now: Instant) -> Bool { self.until.map { now >= $0 } ?? false }

    /// What a refused call is told.
    ///
    /// - Parameter share: 0..<1, of the tenth by which those who wait are spread.
    func refusal(share: Double) -> BreakerOpen {
        guard let until else {
            return BreakerOpen(breaker: self.breaker, reason: self.reason, wait: .unknown)
        }
        let spread = Interval(rounding: Double(self.length.nanoseconds) / 10 * share)
        return BreakerOpen(
            breaker: self.breaker, reason: self.reason, wait: .until(until + spread, self.clock))
    }
}
