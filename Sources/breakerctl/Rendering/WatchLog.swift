// A watch as a log: one line a change. The client makes lost connections anew; the snapshot that then comes
// is compared with what was printed, so that a restart of the daemon prints what changed and nothing else.

import BreakerClient

/// Turns a watch's events into lines, remembering what was printed.
struct WatchLog: Sendable {
    private struct Known: Sendable {
        var generation: UInt64
        /// Seen in the snapshot that is coming in.
        var isConfirmed: Bool
    }

    private static let labelColumns = 15

    private let clock: Clock
    private let shapes: Bool
    private var known: [String: Known] = [:]
    private var isSnapshot = true

    init(clock: Clock, shapes: Bool) {
        self.clock = clock
        self.shapes = shapes
    }

    /// The lines that an event is worth; none for heartbeats and for what is known already.
    mutating func lines(for event: BreakerEvent, at now: WallTime) -> [Line] {
        switch event {
        case .state(let change): return self.changed(change, at: now)
        case .forgotten(let breaker, _): return self.forgotten(breaker, at: now)
        case .heartbeat, .counts: return []
        case .synced: return self.synced(at: now)
        case .reset:
            self.isSnapshot = true
            for name in self.known.keys { self.known[name]?.isConfirmed = false }
            return []
        }
    }

    private mutating func changed(_ change: BreakerChange, at now: WallTime) -> [Line] {
        let former = self.known.updateValue(
            Known(generation: change.generation, isConfirmed: true), forKey: change.breaker)
        guard former?.generation != change.generation else { return [] }
        let label = StateLabel(change.state, override: change.override)
        let why = WatchLog.why(change)
        return [
            self.stamp(now) + label.line(shapes: self.shapes).padded(to: WatchLog.labelColumns) + " "
                + Line(change.breaker, .bold) + Line(why.isEmpty ? "" : "  \(why)")
                + Line("  generation \(change.generation)", .dim)
        ]
    }

    private mutating func forgotten(_ breaker: String, at now: WallTime) -> [Line] {
        guard self.known.removeValue(forKey: breaker) != nil else { return [] }
        return [
            self.stamp(now) + Line("forgotten").padded(to: WatchLog.labelColumns) + " " + Line(breaker, .bold)
        ]
    }

    /// After a snapshot, what it did not hold exists no longer.
    private mutating func synced(at now: WallTime) -> [Line] {
        guard self.isSnapshot else { return [] }
        self.isSnapshot = false
        let gone = self.known.filter { !$0.value.isConfirmed }.keys.sorted()
        return gone.flatMap { self.forgotten($0, at: now) }
    }

    private func stamp(_ now: WallTime) -> Line { Line("\(self.clock.time(now))  ", .dim) }

    private static func why(_ change: BreakerChange) -> String {
        let deadline = change.retryAfter.map { "for \(Span.left($0))" }
        // A snapshot may not know the last change's reason, but it knows the override.
        let reason =
            change.reason?.words
            ?? change.override.map { "by \($0.actor ?? "an operator")\(Quote.after($0.reason))" }
        return [deadline, reason].compactMap { $0 }.joined(separator: ": ")
    }
}
