import BreakerCore

/// The refusals of one open period that some of the threads have given, and the errors that they gave.
///
/// An error is made once and thrown again: each says until when to stay away, in its own place of the spread.
struct Refusals: Sendable {
    /// What is to be told of them.
    struct Counts: Sendable {
        let generation: UInt64
        let calls: Int
        let last: Instant
    }

    /// Values of the spread before they come again: enough for callers not to return as a herd.
    private static let variety = 16

    private var period: OpenPeriod?
    private var errors: [any Error] = []
    private var given = 0
    private let offset = Double.random(in: 0..<1)
    private var calls = 0
    private var last = Instant(nanoseconds: 0)

    /// Nil: another period than the one remembered, or it is over.
    ///
    /// - Returns: what the call throws, and how many wait to be told now.
    mutating func refuse(during number: UInt64, at now: Instant) -> (error: any Error, calls: Int)? {
        guard let period, period.number == number, !period.isOver(at: now) else { return nil }
        self.calls += 1
        self.last = max(self.last, now)
        return (self.nextError(period), self.calls)
    }

    mutating func begin(_ period: OpenPeriod) -> Counts? {
        guard self.period?.number != period.number else { return nil }
        let former = self.take()
        self.period = period
        self.errors.removeAll(keepingCapacity: true)
        self.given = 0
        return former
    }

    mutating func take() -> Counts? {
        guard let period, self.calls > 0 else { return nil }
        defer { self.calls = 0 }
        return Counts(generation: period.generation, calls: self.calls, last: self.last)
    }

    private mutating func nextError(_ period: OpenPeriod) -> any Error {
        let place = self.given % Refusals.variety
        self.given &+= 1
        if place == self.errors.count {
            // The golden ratio's multiples fill the spread evenly, as the daemon's do.
            let step = Double(place) * 0.618_033_988_7 + self.offset
            self.errors.append(period.refusal(share: step - step.rounded(.down)))
        }
        return self.errors[place]
    }
}
