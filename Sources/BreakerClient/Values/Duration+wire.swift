// Swift's `Duration` and the core's `Interval`; spans on the wire are milliseconds.

import BreakerCore

extension Interval {
    /// Saturates beyond ± 292 years.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflowAgain) = nanoseconds.addingReportingOverflow(attoseconds / 1_000_000_000)
        self.init(nanoseconds: overflow || overflowAgain ? (seconds < 0 ? .min : .max) : sum)
    }
}

extension Duration {
    init(_ interval: Interval) { self = .nanoseconds(interval.nanoseconds) }

    /// With the fraction.
    var milliseconds: Double { Interval(self).milliseconds }
}
