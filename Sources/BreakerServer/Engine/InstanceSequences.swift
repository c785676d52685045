import BreakerStore
import Synchronization

/// The last batch sequence taken from each instance of a client, so that a batch sent again counts once.
///
/// Bounded: when `limit` instances are known, the tenth that was heard longest ago is forgotten.
package final class InstanceSequences: Sendable {
    private struct Seen {
        var sequence: UInt64
        /// Counts up with every batch, to tell who was heard longest ago.
        var turn: UInt64
    }

    private struct State {
        var seen: [String: Seen] = [:]
        var changed: Set<String> = []
        var turn: UInt64 = 0
    }

    private let state = Mutex(State())
    private let limit: Int

    init(_ loaded: [InstanceSequence], limit: Int) {
        self.limit = max(1, limit)
        self.state.withLock { state in
            for instance in loaded {
                guard let sequence = instance.sequence else { continue }
                state.turn += 1
                state.seen[instance.instance] = Seen(sequence: sequence, turn: state.turn)
            }
        }
    }

    /// Whether a batch is new; if so its sequence is now the last one taken.
    package func take(_ sequence: UInt64, from instance: String) -> Bool {
        self.state.withLock { state in
            state.turn += 1
            if let seen = state.seen[instance], sequence <= seen.sequence {
                state.seen[instance]?.turn = state.turn
                return false
            }
            state.seen[instance] = Seen(sequence: sequence, turn: state.turn)
            state.changed.insert(instance)
            if state.seen.count > self.limit { self.forgetOldest(&state) }
            return true
        }
    }

    /// How many changed since `takeChanged`.
    var changedCount: Int { self.state.withLock(\.changed.count) }

    /// The sequences that changed since the last call.
    func takeChanged() -> [InstanceSequence] {
        self.state.withLock { state in
            defer { state.changed = [] }
            return state.changed.map { InstanceSequence(instance: $0, sequence: state.seen[$0]?.sequence) }
        }
    }

    private func forgetOldest(_ state: inout State) {
        let turns = state.seen.values.map(\.turn).sorted()
        let bound = turns[self.limit / 10]
        for (instance, seen) in state.seen where seen.turn <= bound {
            state.seen[instance] = nil
            state.changed.insert(instance)
        }
    }
}
