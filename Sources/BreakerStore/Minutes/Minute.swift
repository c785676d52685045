package import BreakerCore

/// What one breaker counted in one minute of wall time, and the worst it was in.
package struct Minute: Hashable, Sendable {
    package static let milliseconds: Int64 = 60_000

    package var breaker: String
    /// Its start: milliseconds since 1970, a multiple of 60,000.
    package var atMilliseconds: Int64
    /// What the breaker's totals grew by.
    package var calls = Totals()
    /// The median of the breaker's window, averaged over this minute's calls, in milliseconds; nil: no
    /// duration was known.
    package var p50: Double?
    /// The highest 99th percentile of the window that was read in this minute, in milliseconds.
    package var p99: Double?
    /// Open is worse than half-open, which is worse than closed.
    package var worst = BreakerState.closed

    package init(of breaker: String, atMilliseconds: Int64) {
        self.breaker = breaker
        self.atMilliseconds = atMilliseconds
    }

    /// The start of the minute that a point of time lies in.
    package static func start(of wallMilliseconds: Int64) -> Int64 {
        Minute.number(of: wallMilliseconds) * Minute.milliseconds
    }

    /// Minutes since 1970, as rows have them.
    static func number(of wallMilliseconds: Int64) -> Int64 {
        let (quotient, remainder) = wallMilliseconds.quotientAndRemainder(dividingBy: Minute.milliseconds)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension BreakerState {
    /// As rows have it: the greater, the worse.
    var badness: Int64 {
        switch self {
        case .closed: 0
        case .halfOpen: 1
        case .open: 2
        }
    }

    init?(badness: Int64?) {
        guard let state = BreakerState.allCases.first(where: { $0.badness == badness }) else { return nil }
        self = state
    }
}
