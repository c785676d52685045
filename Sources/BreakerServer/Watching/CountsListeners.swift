import Synchronization

/// Who is told each round of counts within the process, besides the connections that watch.
final class CountsListeners: Sendable {
    private struct State {
        var bodies: [Int: @Sendable (CountsRound) -> Void] = [:]
        var last = 0
    }

    private let state = Mutex(State())

    /// What names it, to end it.
    func add(_ body: @escaping @Sendable (CountsRound) -> Void) -> Int {
        self.state.withLock { state in
            state.last += 1
            state.bodies[state.last] = body
            return state.last
        }
    }

    func remove(_ number: Int) {
        _ = self.state.withLock { $0.bodies.removeValue(forKey: number) }
    }

    func tell(_ round: CountsRound) {
        for body in self.state.withLock({ Array($0.bodies.values) }) { body(round) }
    }
}
