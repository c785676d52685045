import BreakerCore
import Synchronization

/// The log of changes that watchers read: a ring of the last so many, in revision order.
///
/// Watchers keep a cursor into it instead of a queue of their own, so a slow watcher costs nothing: when the
/// ring has run past its cursor it gets `reset` and a fresh snapshot. Appending happens under a shard's lock;
/// that makes the revisions of one breaker's changes follow their order.
package final class ChangeFeed: Sendable {
    /// Changes kept for slow and for returning watchers; about 200 bytes each.
    package static let capacity = 16_384

    package enum Reading: Sendable {
        /// Changes after the cursor, oldest first, at most as many as asked for.
        case changes([Change])
        /// The ring no longer holds the change after the cursor, or the cursor is of another daemon's life.
        case lost
    }

    private struct State {
        /// The revision before this run's first change, which lies at position 0 of the ring.
        let start: UInt64
        var last: UInt64
        var ring: [Change] = []

        func position(_ revision: UInt64) -> Int {
            Int((revision - self.start - 1) % UInt64(ChangeFeed.capacity))
        }
    }

    private let state: Mutex<State>
    private let listeners = Mutex<[@Sendable () -> Void]>([])

    /// - Parameter last: the revision before the first change of this run.
    package init(last: UInt64) {
        self.state = Mutex(State(start: last, last: last))
    }

    /// The revision of the latest change.
    package var revision: UInt64 { self.state.withLock(\.last) }

    /// `listener` is called after every change, on any thread, under a shard's lock: it must only signal.
    package func onChange(_ listener: @escaping @Sendable () -> Void) {
        self.listeners.withLock { $0.append(listener) }
    }

    /// Gives the change its revision.
    package func append(breaker: String, _ kind: Change.Kind) -> UInt64 {
        let revision = self.state.withLock { state in
            state.last += 1
            let change = Change(revision: state.last, breaker: breaker, kind: kind)
            if state.ring.count < ChangeFeed.capacity {
                state.ring.append(change)
            } else {
                state.ring[state.position(state.last)] = change
            }
            return state.last
        }
        let listeners = self.listeners.withLock { $0 }
        for listener in listeners { listener() }
        return revision
    }

    /// Up to `limit` changes after `cursor`.
    package func read(after cursor: UInt64, limit: Int) -> Reading {
        self.state.withLock { state in
            let oldest = state.last - UInt64(state.ring.count)
            guard cursor >= oldest, cursor <= state.last else { return .lost }
            let end = min(state.last, cursor + UInt64(limit))
            guard cursor < end else { return .changes([]) }
            return .changes((cursor + 1...end).map { state.ring[state.position($0)] })
        }
    }
}
