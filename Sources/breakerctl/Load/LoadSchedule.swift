// When the requests of an open loop are due. The times are fixed beforehand, whatever the daemon does: a
// request that could not be sent in time, because those before it were not answered, has been late since
// then, and its latency says so. A load generator that waits with the clock stopped leaves out just the times
// that users suffer from; Gil Tene, who calls this coordinated omission, made wrk2 to avoid it
// (https://github.com/giltene/wrk2).

import NIOCore

/// The times at which requests are due: the connections take turns, at even distances.
struct LoadSchedule: Hashable, Sendable {
    let begin: NIODeadline
    /// Requests a second over all connections, above 0.
    let rate: Int
    let connections: Int

    /// When the request of a connection in some turn is due.
    ///
    /// - Parameters:
    ///   - turn: the connection's requests before it.
    ///   - position: which of the connections it is, from 0.
    func due(turn: Int, position: Int) -> NIODeadline {
        let index = Double(turn) * Double(self.connections) + Double(position)
        return self.begin + .nanoseconds(Int64(index * 1e9 / Double(self.rate)))
    }

    /// How many requests of a connection are due before some time.
    func turns(before end: NIODeadline, position: Int) -> Int {
        let elapsed = (end - self.begin).nanoseconds
        guard elapsed > 0 else { return 0 }
        let index = Double(elapsed) * Double(self.rate) / 1e9 - Double(position)
        var turns = max(0, Int((index / Double(self.connections)).rounded(.up)))
        // Rounding may have gone wrong by one, and `due` has the last word.
        while turns > 0, self.due(turn: turns - 1, position: position) >= end { turns -= 1 }
        while self.due(turn: turns, position: position) < end { turns += 1 }
        return turns
    }
}

/// What a load measures: requests that are sent, or due, from `from` and before `until`.
struct LoadWindow: Hashable, Sendable {
    let begin: NIODeadline
    /// The end of the warm-up.
    let from: NIODeadline
    let until: NIODeadline

    init(_ plan: LoadPlan, begin: NIODeadline) {
        self.begin = begin
        self.from = begin + TimeAmount(plan.warmUp)
        self.until = self.from + TimeAmount(plan.span)
    }
}
