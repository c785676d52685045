import BreakerCore
import NIOCore
import Synchronization

/// A clock that stands until it is moved.
package final class ManualClientClock: Sendable {
    private struct Timer: Sendable {
        let number: UInt64
        let deadline: Instant
        let loop: any EventLoop
        let action: NIOLoopBound<() -> Void>
    }

    private struct State {
        var now = Instant(nanoseconds: 0)
        var timers: [Timer] = []
        var lastNumber: UInt64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// How far it has been moved.
    package var elapsed: Duration { Duration(self.now - Instant(nanoseconds: 0)) }

    /// How long until a timer is due; nil: none is armed.
    package var timeToNextTimer: Duration? {
        self.state.withLock { state in
            state.timers.map(\.deadline).min().map { Duration(max(.zero, $0 - state.now)) }
        }
    }

    var now: Instant { self.state.withLock { $0.now } }

    /// Moves on by `duration`. Every timer that becomes due fires on its event loop, in the order of the
    /// deadlines and at its own instant, before this returns.
    package func advance(by duration: Duration) async {
        let end = self.now + Interval(duration)
        while let timer = self.nextTimer(until: end) {
            // A loop that was shut down has nobody left to be told.
            try? await timer.loop.submit { timer.action.value() }.get()
        }
        self.state.withLock { $0.now = end }
    }

    /// Moves on by `duration` as it does for a process that is frozen meanwhile: what became due fires with
    /// the next `advance`.
    package func jump(by duration: Duration) {
        self.state.withLock { $0.now = $0.now + Interval(duration) }
    }

    private func nextTimer(until end: Instant) -> Timer? {
        self.state.withLock { state in
            guard let timer = state.timers.min(by: { ($0.deadline, $0.number) < ($1.deadline, $1.number) }),
                timer.deadline <= end
            else { return nil }
            state.timers.removeAll { $0.number == timer.number }
            state.now = max(state.now, timer.deadline)
            return timer
        }
    }

    func schedule(in delay: Duration, on loop: any EventLoop, _ action: @escaping () -> Void) -> UInt64 {
        let action = NIOLoopBound(action, eventLoop: loop)
        return self.state.withLock { state in
            state.lastNumber += 1
            state.timers.append(
                Timer(
                    number: state.lastNumber, deadline: state.now + Interval(max(delay, .zero)), loop: loop,
                    action: action))
            return state.lastNumber
        }
    }

    func cancel(_ number: UInt64) {
        self.state.withLock { state in state.timers.removeAll { $0.number == number } }
    }
}
