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
                guard let entry = shard.entries[slot]?.pointee, cursor.map({ entry.name > $0 }) ?? true,
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
            shard.forEachPhase { phase in
                switch phase.state {
                case .closed: counts.closed += 1
                case .open: counts.open += 1
                case .halfOpen: counts.halfOpen += 1
                }
                if case .forced = phase { counts.forced += 1 }
            }
        }
        return counts
    }

    package var transitions: Int { self.transitionCount.load(ordering: .relaxed) }

    /// A piece of a snapshot: the states of the matching breakers among the next so many slots of one shard,
    /// with the revisions of their last changes, and where to go on; nil: this was the last.
    ///
    /// A breaker that moves to a slot already passed was forgotten and created anew, which the feed tells.
    package func snapshot(
        from position: SnapshotPosition, slots limit: Int, where isWanted: (String) -> Bool
    ) -> (states: [ShownState], next: SnapshotPosition?) {
        var states: [ShownState] = []
        let next = self.forEachSlot(from: position, limit) { shard, slot in
            guard let entry = shard.entries[slot]?.pointee, isWanted(entry.name) else { return }
            states.append(ShownState(entry.name, entry.revision, entry.breaker))
        }
        return (states, next)
    }

    /// The breakers that are wanted among the next so many slots of one shard, and where to go on; nil: this
    /// was the last.
    package func views(
        from position: SnapshotPosition, slots limit: Int, where isWanted: (Breaker, Policy) -> Bool
    ) -> (views: [BreakerView], next: SnapshotPosition?) {
        var views: [BreakerView] = []
        let next = self.forEachSlot(from: position, limit) { shard, slot in
            guard let entry = shard.entries[slot],
                isWanted(entry.pointee.breaker, shard.policies[Int(entry.pointee.policy)]),
                let view = shard.view(slot)
            else { return }
            views.append(view)
        }
        return (views, next)
    }

    /// Visits the next so many slots of one shard under its lock; where to go on, nil: this was the last.
    private func forEachSlot(
        from position: SnapshotPosition, _ limit: Int, _ body: (borrowing Shard, Int) -> Void
    ) -> SnapshotPosition? {
        var next = position.afterShard
        self.table.withShard(position.shard) { shard in
            let end = min(position.slot + limit, shard.entries.count)
            if end < shard.entries.count { next = SnapshotPosition(shard: position.shard, slot: end) }
            for slot in min(position.slot, end)..<end { body(shard, slot) }
        }
        return next
    }

    /// The states of those of the named breakers that there are. Looks at no others: thousands of clients ask
    /// at once for the few names that each guards, when the daemon is back.
    package func snapshot(of names: [String]) -> [ShownState] {
        names.compactMap { name in
            (try? self.view(name)).map { ShownState(name, $0.revision, $0.breaker) }
        }
    }

    /// How many probes each connection holds.
    package func permitsBySession() -> [SessionID: Int] {
        var counts: [SessionID: Int] = [:]
        self.table.forEachShard { shard in
            shard.forEachPhase { phase in
                guard case .halfOpen(let probation) = phase else { return }
                for probe in probation.outstanding { counts[probe.session, default: 0] += 1 }
            }
        }
        return counts
    }

    /// Whether a permit is still out with the connection that got it.
    package func isHeld(_ permit: Permit, of name: String, by session: SessionID) -> Bool {
        guard let breaker = try? self.view(name).breaker, breaker.generation == permit.generation,
            case .halfOpen(let probation) = breaker.phase
        else { return false }
        return probation.outstanding.contains { $0.number == permit.number && $0.session == session }
    }
}

/// One breaker of a snapshot.
package struct ShownState: Sendable {
    package let name: String
    /// Of its last change.
    package let revision: UInt64
    package let state: StateView

    init(_ name: String, _ revision: UInt64, _ breaker: Breaker) {
        (self.name, self.revision) = (name, revision)
        let reason: TripReason? =
            breaker.state == .open && breaker.override == nil ? breaker.lastTrip?.reason : nil
        self.state = StateView(breaker, reason: reason)
    }
}

/// How far a snapshot has come.
package struct SnapshotPosition: Sendable {
    let shard: Int
    let slot: Int

    package static let start = SnapshotPosition(shard: 0, slot: 0)

    /// Nil after the last shard.
    fileprivate var afterShard: SnapshotPosition? {
        self.shard + 1 < BreakerTable.shardCount ? SnapshotPosition(shard: self.shard + 1, slot: 0) : nil
    }
}

extension Shard {
    func view(_ slot: Int) -> BreakerView? {
        self.entries[slot].map { entry in
            BreakerView(
                name: entry.pointee.name, breaker: entry.pointee.breaker,
                policy: self.policies[Int(entry.pointee.policy)], revision: entry.pointee.revision)
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
