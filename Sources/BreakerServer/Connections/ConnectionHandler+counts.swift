// Watches with counts: what breakers have counted, once a second.

import BreakerWire
import NIOCore

extension ConnectionHandler {
    /// Whether any of its watches wants counts.
    var wantsCounts: Bool { self.watchers.contains { $0.counts != nil } }

    /// A round is there; it is sent with what else there is to tell.
    func take(_ round: CountsRound) {
        for index in self.watchers.indices where !self.watchers[index].take(round) {
            self.service.counts.wantFull()
        }
    }

    /// One event of the round that a watch is being sent. Whether there may be more.
    func sendCounts(_ watcher: inout Watcher, upTo revision: UInt64) -> Bool {
        guard let round = watcher.counts?.sending?.round else { return false }
        let rows = watcher.nextRows(CountsRound.rowsOfEvent)
        guard !rows.isEmpty else { return false }
        self.event(watcher, "counts") { event in
            event.field("revision", revision)
            event.array("breakers") { list in
                for row in rows { list.element(raw: round.json(of: row)) }
            }
        }
        return true
    }
}
