/// How many durations fell into which of a few fixed ranges, and their sum.
package struct DurationHistogram: Hashable, Sendable {
    /// Upper ends of the ranges, ascending; what is longer than the last falls into one more.
    package let bounds: [Interval]
    /// How many durations fell into each range, one more than there are bounds.
    package private(set) var counts: [UInt64]
    package private(set) var sum = Interval.zero

    package init(bounds: [Interval]) {
        self.bounds = bounds
        self.counts = [UInt64](repeating: 0, count: bounds.count + 1)
    }

    package var count: UInt64 { self.counts.reduce(0, +) }

    /// Counts a duration; one that equals a bound belongs to the range that ends there.
    package mutating func add(_ duration: Interval) {
        self.counts[self.bounds.firstIndex { duration <= $0 } ?? self.bounds.count] += 1
        self.sum = self.sum + duration
    }
}
