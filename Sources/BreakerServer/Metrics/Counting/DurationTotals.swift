import BreakerCore

/// How long calls took, in a few ranges that only grow: one word until there is the first.
struct DurationTotals: Sendable {
    /// Upper ends of the ranges, in seconds: each four times the one before. What is longer than the last
    /// falls into one more.
    static let bounds = [0.001, 0.004, 0.016, 0.064, 0.256, 1.024, 4.096, 16.384]
    private static let rangeCount = bounds.count + 1

    /// Empty, or a count for each range and then the microseconds of all calls together.
    private var words: [UInt64] = []

    var isEmpty: Bool { self.words.isEmpty }

    /// - Parameter microseconds: of all those calls together.
    mutating func add(_ bucket: LatencyBucket, _ count: UInt32, microseconds: UInt64) {
        if self.words.isEmpty { self.words = Array(repeating: 0, count: DurationTotals.rangeCount + 1) }
        self.words[DurationTotals.range(of: bucket)] &+= UInt64(count)
        self.words[DurationTotals.rangeCount] &+= microseconds
    }

    mutating func add(_ other: DurationTotals) {
        guard !self.isEmpty else { return self = other }
        for (index, word) in other.words.enumerated() { self.words[index] &+= word }
    }

    /// Nil before the first.
    var histogram: MetricHistogram? {
        guard !self.isEmpty else { return nil }
        return MetricHistogram(
            bounds: DurationTotals.bounds, counts: Array(self.words.dropLast()),
            sum: Double(self.words[DurationTotals.rangeCount]) / 1_000_000)
    }

    /// Every second doubling of a millisecond begins a range.
    private static func range(of bucket: LatencyBucket) -> Int {
        guard let doublings = bucket.doublingsOfMillisecond, doublings >= 0 else { return 0 }
        return min(doublings / 2 + 1, DurationTotals.rangeCount - 1)
    }
}

extension Shard {
    /// Counts calls that took about the same time for metrics: under the breaker's own name or with others.
    mutating func count(_ bucket: LatencyBucket, _ count: UInt32, microseconds: UInt64, _ slot: Int) {
        guard let entry = self.entries[slot] else { return }
        if entry.pointee.isLabelled {
            entry.pointee.durations.add(bucket, count, microseconds: microseconds)
        } else {
            self.meter.durationsOfOthers.add(bucket, count, microseconds: microseconds)
        }
    }
}
