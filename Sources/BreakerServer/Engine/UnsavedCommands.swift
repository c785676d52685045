import BreakerCore
import Synchronization

/// What it takes to undo operator's commands that the disk has not confirmed yet.
///
/// Commands can follow each other on one breaker before the first is answered. When all of them fail, each
/// must undo its own part only, and together they must lead back to before the first: the one that fails
/// hands its earlier state on to the one that was carried out on top of it. Bounded by the commands that
/// connections may have waiting.
final class UnsavedCommands: Sendable {
    private struct Unsaved {
        /// The generation that the command led to.
        let generation: UInt64
        /// The breaker before it.
        var earlier: Breaker
    }

    private let commands = Mutex<[String: [Unsaved]]>([:])

    /// A command was carried out; under the breaker's shard's lock.
    func add(_ name: String, generation: UInt64, earlier: Breaker) {
        self.commands.withLock {
            $0[name, default: []].append(Unsaved(generation: generation, earlier: earlier))
        }
    }

    /// Whether a command on the breaker waits for the disk.
    func waits(_ name: String) -> Bool { self.commands.withLock { $0[name] != nil } }

    /// It is on disk.
    func saved(_ name: String, generation: UInt64) {
        _ = self.commands.withLock { UnsavedCommands.take(name, generation, from: &$0) }
    }

    /// It failed. Gives the state to go back to; nil: a later command that waits too has taken that over.
    func failed(_ name: String, generation: UInt64) -> Breaker? {
        self.commands.withLock { commands in
            guard let failed = UnsavedCommands.take(name, generation, from: &commands) else { return nil }
            let next = commands[name]?.firstIndex { $0.earlier.generation == generation }
            guard let next else { return failed.earlier }
            commands[name]?[next].earlier = failed.earlier
            return nil
        }
    }

    private static func take(
        _ name: String, _ generation: UInt64, from commands: inout [String: [Unsaved]]
    ) -> Unsaved? {
        guard var list = commands[name], let index = list.firstIndex(where: { $0.generation == generation })
        else { return nil }
        let unsaved = list.remove(at: index)
        commands[name] = list.isEmpty ? nil : list
        return unsaved
    }
}
