// What can be said of a call without asking: closed passes, open is refused until its time is over, and
// half-open is asked, but not by everybody at once.

import BreakerCore

/// The verdict of the mirror about one call.
enum LocalVerdict: Sendable {
    case allowed(generation: UInt64)
    /// Refused until this is over.
    case open(OpenPeriod)
    /// Refused, as other calls find out whether the dependency is back.
    case probing(retryAfter: Duration)
    case ask
}

/// What a process remembers between the calls of one breaker, to decide without asking.
struct Deciding: Sendable {
    /// How long an answer `probing` holds at most: a slot may become free at any time.
    static let longestHold = Interval.milliseconds(100)

    /// Until when half-open calls are refused after an answer `probing`.
    private var holdUntil: Instant?
    private var asking = 0

    /// - Parameters:
    ///   - known: nil: nothing that may be believed.
    ///   - period: of `known`.
    ///   - probes: how many calls may ask at once in half-open.
    func verdict(_ known: KnownState?, period: OpenPeriod?, probes: Int, at now: Instant) -> LocalVerdict {
        guard let known else { return .ask }
        switch known.state {
        case .closed: return .allowed(generation: known.generation)
        case .open:
            guard let period, !period.isOver(at: now) else { return .ask }
            return .open(period)
        case .halfOpen:
            if let holdUntil, now < holdUntil { return .probing(retryAfter: Duration(holdUntil - now)) }
            if self.asking >= probes { return .probing(retryAfter: Duration(Deciding.longestHold)) }
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
}
