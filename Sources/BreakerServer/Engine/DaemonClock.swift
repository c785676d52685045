package import BreakerCore
package import BreakerStore
import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The daemon's time: the system's clocks, or under `--manual-clock` one that only `clock.advance` moves.
package final class DaemonClock: Sendable {
    /// Where a manual clock's wall time starts on an empty database: 2025-10-09T08:53:20Z.
    package static let manualWallStart: Int64 = 1_760_000_000_000

    private enum Source: Sendable {
        case system
        /// Wall time in milliseconds at the monotonic instant 0.
        case manual(wallAtZero: Int64)
    }

    private let source: Source
    /// Nanoseconds that a manual clock has been advanced.
    private let advanced = Atomic<Int64>(0)

    private init(_ source: Source) {
        self.source = source
    }

    package static func system() -> DaemonClock { DaemonClock(.system) }

    /// - Parameter lastWall: the latest wall time in milliseconds that the database knows; time never starts
    ///   before it.
    package static func manual(lastWall: Int64) -> DaemonClock {
        DaemonClock(.manual(wallAtZero: max(DaemonClock.manualWallStart, lastWall)))
    }

    package var isManual: Bool {
        switch self.source {
        case .system: false
        case .manual: true
        }
    }

    /// The monotonic present.
    package func now() -> Instant {
        switch self.source {
        case .system: Instant(nanoseconds: Int64(NIODeadline.now().uptimeNanoseconds))
        case .manual: Instant(nanoseconds: self.advanced.load(ordering: .acquiring))
        }
    }

    /// Unix time in milliseconds.
    package func wallMilliseconds() -> Int64 {
        switch self.source {
        case .system: DaemonClock.systemWallMilliseconds()
        case .manual(let wallAtZero): wallAtZero + self.advanced.load(ordering: .acquiring) / 1_000_000
        }
    }

    /// Both clocks at one moment: what turns deadlines into wall time for the disk and back.
    package func anchor() -> ClockAnchor {
        ClockAnchor(now: self.now(), wallMilliseconds: self.wallMilliseconds())
    }

    /// Moves a manual clock to `instant`; it never goes back.
    package func move(to instant: Instant) {
        self.advanced.max(instant.nanoseconds, ordering: .acquiringAndReleasing)
    }

    package static func systemWallMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
