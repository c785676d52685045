package import BreakerCore
import Synchronization

/// Wakes whoever runs the timers when a deadline comes up that is earlier than what it waits for.
package final class Alarm: Sendable {
    private struct State {
        var wakesAt = Instant.distantFuture
        var ring: (@Sendable (Instant) -> Void)?
    }

    private let state = Mutex(State())

    package init() {}

    /// `ring` is called with each new earliest deadline, under a shard's lock: it must only schedule.
    package func connect(_ ring: @escaping @Sendable (Instant) -> Void) {
        self.state.withLock { $0.ring = ring }
    }

    /// A deadline that is the earliest of its shard.
    package func arm(_ deadline: Instant) {
        let ring = self.state.withLock { state -> (@Sendable (Instant) -> Void)? in
            guard deadline < state.wakesAt else { return nil }
            state.wakesAt = deadline
            return state.ring
        }
        ring?(deadline)
    }

    /// The timers were run; the next one is to be armed anew.
    package func hasRung() {
        self.state.withLock { $0.wakesAt = .distantFuture }
    }
}
