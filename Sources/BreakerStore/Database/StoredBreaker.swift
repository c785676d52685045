import BreakerCore

/// A breaker's row, decoded: its times are wall time, its generation is absolute.
///
/// A million of these are held at once while the daemon starts, so what few breakers have is boxed.
struct StoredBreaker: Sendable {
    enum State: Sendable {
        case closed
        case open(untilMilliseconds: Int64, length: Interval, refused: UInt32)
        case halfOpen(successes: Int)
        indirect case forced(Override.Mode, untilMilliseconds: Int64?, actor: String?, note: String?)
    }

    final class Trip: Sendable {
        let reason: TripReason
        let atMilliseconds: Int64

        init(reason: TripReason, atMilliseconds: Int64) {
            self.reason = reason
            self.atMilliseconds = atMilliseconds
        }
    }

    var generation: UInt64
    var state: State
    var sinceMilliseconds: Int64
    var touchedMilliseconds: Int64
    var backoff: UInt8
    var consecutiveFailures: UInt32
    var totals: Totals
    var window: StoredWindow?
    var trip: Trip?

    func saved(_ anchor: ClockAnchor) -> SavedBreaker {
        let since = min(anchor.now, anchor.instant(wall: self.sinceMilliseconds))
        var saved = SavedBreaker(
            generation: self.generation, phase: self.phase(anchor), since: since,
            touched: min(anchor.now, anchor.instant(wall: self.touchedMilliseconds)))
        saved.backoff = self.backoff
        saved.consecutiveFailures = self.consecutiveFailures
        saved.totals = self.totals
        saved.window = self.window?.restored(anchor)
        saved.lastTrip = self.trip.map {
            LastTrip(reason: $0.reason, at: min(anchor.now, anchor.instant(wall: $0.atMilliseconds)))
        }
        return saved
    }

    private func phase(_ anchor: ClockAnchor) -> Phase {
        switch self.state {
        case .closed:
            return .closed
        case .open(let until, let length, let refused):
            var opening = Opening(until: self.deadline(until, within: length, anchor), length: length)
            opening.refused = refused
            return .open(opening)
        case .halfOpen(let successes):
            return .halfOpen(Probation(successes: successes))
        case .forced(let mode, let until, let actor, let note):
            let until = until.map {
                let whole = Interval.milliseconds($0.saturatingSubtract(self.sinceMilliseconds))
                return self.deadline($0, within: whole, anchor)
            }
            return .forced(Override(mode, until: until, actor: actor, note: note))
        }
    }

    /// What is left never exceeds the whole, whatever the wall clock did.
    private func deadline(_ wall: Int64, within whole: Interval, _ anchor: ClockAnchor) -> Instant {
        min(anchor.instant(wall: wall), anchor.now + max(.zero, whole))
    }
}
