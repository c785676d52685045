import BreakerCore

/// Durations by range, in seconds.
package struct MetricHistogram: Sendable {
    /// Upper ends of the ranges, ascending; a duration that equals one belongs to it.
    package let bounds: [Double]
    /// How many durations fell into each range, one more than there are bounds: the last is without end.
    package let counts: [UInt64]
    package let sum: Double

    init(_ histogram: DurationHistogram) {
        self.bounds = histogram.bounds.map(\.seconds)
        self.counts = histogram.counts
        self.sum = histogram.sum.seconds
    }
}
