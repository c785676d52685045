/// A point on the monotonic clock, in nanoseconds from an origin that holds for one run of the process.
///
/// Instants decide; wall time is for people and for the disk. The two never mix: a wall clock that steps
/// moves no deadline.
package struct Instant: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    @inlinable
    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Later than every deadline that can be armed.
    package static let distantFuture = Instant(nanoseconds: .max)

    @inlinable
    package static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Saturates: a deadline beyond the clock's range is `distantFuture`.
    @inlinable
    package static func + (instant: Instant, interval: Interval) -> Instant {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(interval.nanoseconds)
        return overflow
            ? Instant(nanoseconds: interval.nanoseconds < 0 ? .min : .max) : Instant(nanoseconds: sum)
    }

    @inlinable
    package static func - (later: Instant, earlier: Instant) -> Interval {
        let (difference, overflow) = later.nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return Interval(nanoseconds: overflow ? (later.nanoseconds < 0 ? .min : .max) : difference)
    }
}
