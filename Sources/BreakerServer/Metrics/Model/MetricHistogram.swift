import BreakerCore

/// Durations by range, in seconds.
package struct MetricHistogram: Sendable {
    /// Upper ends of the ranges, ascending; a duration that equals one belongs to it.
    package let bounds: [Double]
    /// How many durations fell into each range, one more than there are bounds: the last is without end.
    package let counts: [UInt64]
    package let sum: Double

    package init(bounds: [Double], counts: [UInt64], sum: Double) {
        (self.bounds, self.counts, self.sum) = (bounds, counts, sum)
    }

    init(_ histogram: DurationHistogram) {
        self.init(
            bounds: histogram.bounds.map(\.seconds), counts: histogram.counts, sum: histogram.sum.seconds)
    }
}
