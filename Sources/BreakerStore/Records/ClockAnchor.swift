package import BreakerCore

/// One moment on both clocks: what turns the core's instants into wall time for the disk, and back.
///
/// Rows hold milliseconds of wall time, since instants mean nothing after a restart.
package struct ClockAnchor: Hashable, Sendable {
    package var now: Instant
    /// Milliseconds since 1970 (UTC) at `now`.
    package var wallMilliseconds: Int64

    package init(now: Instant, wallMilliseconds: Int64) {
        self.now = now
        self.wallMilliseconds = wallMilliseconds
    }

    /// The wall time of an instant, rounded down; for what has happened.
    package func wall(_ instant: Instant) -> Int64 {
        let distance = (instant - self.now).nanoseconds
        let (quotient, remainder) = distance.quotientAndRemainder(dividingBy: 1_000_000)
        return self.wallMilliseconds.saturatingAdd(remainder < 0 ? quotient - 1 : quotient)
    }

    /// The wall time of a deadline, rounded up, so that nothing ends early.
    package func deadlineWall(_ deadline: Instant) -> Int64 {
        self.wallMilliseconds.saturatingAdd((deadline - self.now).wholeMillisecondsUp)
    }

    /// The instant of a wall time on this run's monotonic clock.
    package func instant(wall: Int64) -> Instant {
        self.now + .milliseconds(wall.saturatingSubtract(self.wallMilliseconds))
    }
}

extension Int64 {
    func saturatingAdd(_ other: Int64) -> Int64 {
        let (sum, overflow) = self.addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    func saturatingSubtract(_ other: Int64) -> Int64 {
        let (difference, overflow) = self.subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
