import BreakerServer

/// A histogram whose ranges are as wide as powers of a base: bucket `i` is from base^i, which is not in it,
/// to base^(i + 1), and the base is 2^(2^−scale). See
/// https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram.
///
/// The daemon counts in fixed ranges. Each becomes the bucket that holds its geometric middle, and the scale
/// is the one whose buckets are about as wide, so that it does not look finer than it is.
struct ExponentialHistogram {
    /// 0 or less.
    let scale: Int32
    /// The index of the first of `counts`.
    let offset: Int32
    let counts: [UInt64]

    /// - Parameter histogram: with two bounds at least.
    init(_ histogram: MetricHistogram) {
        let bounds = histogram.bounds
        // A little more, lest a quotient that is a power of two come out below it.
        let whole = bounds[bounds.count - 1] / bounds[0] * 1.001
        let doublings = max(1, Int(whole.exponent) / (bounds.count - 1))
        let shift = Int(Double(doublings).exponent)
        let indexes = ExponentialHistogram.middles(of: bounds).map { Int($0.exponent) >> shift }
        var counts = [UInt64](repeating: 0, count: indexes[indexes.count - 1] - indexes[0] + 1)
        for (index, count) in zip(indexes, histogram.counts) { counts[index - indexes[0]] += count }
        self.scale = Int32(-shift)
        self.offset = Int32(indexes[0])
        self.counts = counts
    }

    /// One more than there are bounds: the first and the last range count as being as wide as their
    /// neighbours.
    private static func middles(of bounds: [Double]) -> [Double] {
        let before = bounds[0] * bounds[0] / bounds[1]
        let after = bounds[bounds.count - 1] * bounds[bounds.count - 1] / bounds[bounds.count - 2]
        return zip([before] + bounds, bounds + [after]).map { ($0 * $1).squareRoot() }
    }
}
