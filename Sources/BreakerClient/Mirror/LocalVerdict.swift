// What can be said of a call without asking: closed passes, open is refused until its time is over, and
// half-open is asked, but not by everybody at once.

import BreakerCore

/// The verdict of the mirror about one call.
enum LocalVerdict: Sendable {
    case allowed(generation: UInt64)
    case refused(RefusalReason, retryAfter: Duration?)
    case ask
}

/// What a process remembers between the calls of one breaker, to decide without asking.
struct Deciding: Sendable {
    /// How long an answer `probing` holds at most: a slot may become free at any time.
    static let longestHold = Interval.milliseconds(100)

    private var refusals: UInt64 = 0
    private let offset = Double.random(in: 0..<1)
    /// Until when half-open calls are refused after an answer `probing`.
    private var holdUntil: Instant?
    private var asking = 0

    /// - Parameter probes: how many calls may ask at once in half-open.
    mutating func verdict(_ known: KnownState?, probes: Int, at now: Instant) -> LocalVerdict {
        guard let known else { return .ask }
        switch known.state {
        case .closed: return .allowed(generation: known.generation)
        case .open:
            let reason: RefusalReason = known.isForcedOpen ? .forcedOpen : .open
            guard let until = known.until else {
                return known.isForcedOpen ? .refused(reason, retryAfter: nil) : .ask
            }
            guard now < until else { return .ask }
            return .refused(reason, retryAfter: Duration(self.spread(until - now, of: known.length)))
        case .halfOpen:
            if let holdUntil, now < holdUntil {
                return .refused(.probing, retryAfter: Duration(holdUntil - now))
            }
            if self.asking >= probes {
                return .refused(.probing, retryAfter: Duration(Deciding.longestHold))
            }
            return .ask
        }
    }

    mutating func beginAsking() { self.asking += 1 }

    mutating func endAsking() { self.asking -= 1 }

    /// The daemon said that no probe is free.
    mutating func hold(for retryAfter: Duration?, at now: Instant) {
        let wait = retryAfter.map(Interval.init) ?? Deciding.longestHold
        self.holdUntil = now + min(wait, Deciding.longestHold)
    }

    /// The breaker moved on, or a probe of this process has ended.
    mutating func endHold() { self.holdUntil = nil }

    /// Up to a tenth of the whole longer, each call another: the golden ratio's multiples fill the interval
    /// evenly, as the daemon's do.
    private mutating func spread(_ left: Interval, of length: Interval?) -> Interval {
        let step = Double(self.refusals) * 0.618_033_988_7 + self.offset
        self.refusals &+= 1
        let share = step - step.rounded(.down)
        return left + Interval(rounding: Double((length ?? left).nanoseconds) / 10 * share)
    }
}
