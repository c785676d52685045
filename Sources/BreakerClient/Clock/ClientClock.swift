// The client's own time. Instants come from the system's monotonic clock that also runs while the machine
// sleeps: what was known before a freeze must be old after the thaw.

import BreakerCore
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a client's instants and timers come from.
package enum ClientClock: Sendable {
    case system
    /// Moves only when told to: for tests.
    case manual(ManualClientClock)

    var now: Instant {
        switch self {
        case .system: ClientClock.systemNow
        case .manual(let clock): clock.now
        }
    }

    private static var systemNow: Instant {
        var time = timespec()
        #if canImport(Darwin)
            clock_gettime(CLOCK_MONOTONIC, &time)
        #else
            clock_gettime(CLOCK_BOOTTIME, &time)
        #endif
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Performs `action` on `loop` after `delay`, unless it is cancelled before. Called on `loop`.
    func schedule(
        in delay: Duration, on loop: any EventLoop, _ action: @escaping () -> Void
    ) -> ClientTimer {
        switch self {
        case .system:
            .system(loop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) { () -> Void in action() })
        case .manual(let clock): .manual(clock.schedule(in: delay, on: loop, action), clock)
        }
    }
}

/// A timer that has not fired yet, or has.
enum ClientTimer {
    case system(Scheduled<Void>)
    case manual(UInt64, ManualClientClock)

    func cancel() {
        switch self {
        case .system(let task): task.cancel()
        case .manual(let number, let clock): clock.cancel(number)
        }
    }
}
