package import BreakerCore
import Synchronization

/// Knows when the timers must run next, and tells whoever runs them when that becomes earlier.
package final class Alarm: Sendable {
    private struct State {
        var wakesAt = Instant.distantFuture
        var ring: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    package init() {}

    /// `ring` is called whenever `wakesAt` has become earlier, under a shard's lock: it must only schedule.
    package func connect(_ ring: @escaping @Sendable () -> Void) {
        self.state.withLock { $0.ring = ring }
    }

    /// When the timers must run; `distantFuture`: nothing waits.
    package var wakesAt: Instant { self.state.withLock(\.wakesAt) }

    /// A deadline that is the earliest of its shard.
    package func arm(_ deadline: Instant) {
        let ring = self.state.withLock { state -> (@Sendable () -> Void)? in
            guard deadline < state.wakesAt else { return nil }
            state.wakesAt = deadline
            return state.ring
        }
        ring?()
    }

    /// The timers are about to run. Deadlines armed from here on count anew.
    package func hasRung() {
        self.state.withLock { $0.wakesAt = .distantFuture }
    }
}
