// Reading: never changes a state, never creates a breaker.

package import BreakerCore
import Synchronization

/// One breaker in full, at one moment.
package struct BreakerView: Sendable {
    package let name: String
    package let breaker: Breaker
    package let policy: Policy
    package let revision: UInt64
}

/// How many breakers are in which state.
package struct StateCounts: Sendable {
    package var closed = 0
    package var open = 0
    package var halfOpen = 0
    /// Of them, how many under an override.
    package var forced = 0

    package var total: Int { self.closed + self.open + self.halfOpen }
}

extension Engine {
    package func view(_ name: String) throws(EngineError) -> BreakerView {
        let view = try name.withNameBytes { bytes throws(EngineError) in
            try self.table.withShard(of: bytes) { shard, hash throws(EngineError) in
                shard.find(bytes, hash: hash).flatMap { shard.view($0) }
            }
        }
        guard let view else { throw .unknownBreaker(name) }
        return view
    }

    /// Breakers by name, after `cursor`, at most `limit`.
    ///
    /// Takes one shard's lock after the other: each breaker is shown as it is at one moment, the page is not.
    package func list(
        match: Glob?, state: BreakerState?, after cursor: String?, limit: Int
    ) -> (views: [BreakerView], more: Bool) {
        var page = SmallestNames(limit: limit + 1)
        self.table.forEachShard { shard in
            for slot in shard.entries.indices {
                guard let entry = shard.entries[slot], cursor.map({ entry.name > $0 }) ?? true,
                    state.map({ entry.breaker.state == $0 }) ?? true, page.wouldKeep(entry.name),
                    match?.matches(entry.name) ?? true, let view = shard.view(slot)
                else { continue }
                page.insert(view)
            }
        }
        let views = page.sorted
        return (Array(views.prefix(limit)), views.count > limit)
    }

    package func stateCounts() -> StateCounts {
        var counts = StateCounts()
        self.table.forEachShard { shard in
            for case let entry? in shard.entries {
                switch entry.breaker.state {
                case .closed: counts.closed += 1
                case .open: counts.open += 1
                case .halfOpen: counts.halfOpen += 1
                }
                counts.forced += entry.breaker.override == nil ? 0 : 1
            }
        }
        return counts
    }

    package var transitions: Int { self.transitionCount.load(ordering: .relaxed) }

    /// The states of matching breakers of one shard, with the revisions of their last changes: a piece of a snapshot.
    package func snapshot(
        shard index: Int, where isWanted: (String) -> Bool
    ) -> [(name: String, revision: UInt64, state: StateView)] {
        var states: [(name: String, revision: UInt64, state: StateView)] = []
        self.table.withShard(index) { shard in
            for case let entry? in shard.entries where isWanted(entry.name) {
                let reason: TripReason? =
                    entry.breaker.state == .open && entry.breaker.override == nil
                    ? entry.breaker.lastTrip?.reason : nil
                states.append((entry.name, entry.revision, StateView(entry.breaker, reason: reason)))
            }
        }
        return states
    }

    /// How many pieces a snapshot has.
    package static var snapshotPieces: Int { BreakerTable.shardCount }
}

extension Shard {
    func view(_ slot: Int) -> BreakerView? {
        self.entries[slot].map {
            BreakerView(
                name: $0.name, breaker: $0.breaker, policy: self.policies[Int($0.policy)], revision: $0.revision)
        }
    }
}

/// Keeps the first so many by name of all that are inserted, without sorting the rest.
private struct SmallestNames {
    private let limit: Int
    private var kept: [BreakerView] = []
    /// The largest name that is sure to be kept; nil while there is room.
    private var bound: String?

    init(limit: Int) {
        self.limit = limit
    }

    var sorted: [BreakerView] { Array(self.kept.sorted { $0.name < $1.name }.prefix(self.limit)) }

    func wouldKeep(_ name: String) -> Bool { self.bound.map { name < $0 } ?? true }

    mutating func insert(_ view: BreakerView) {
        self.kept.append(view)
        // Cut back at twice the limit: amortised O(log limit) a breaker.
        if self.kept.count >= 2 * self.limit {
            self.kept = self.sorted
            self.bound = self.kept.last?.name
        }
    }
}
