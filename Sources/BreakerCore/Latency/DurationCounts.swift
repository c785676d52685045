/// Calls by how long they took, exactly counted: what a client gathers between two batches.
package struct DurationCounts: Hashable, Sendable {
    /// Ranges are made room for by so many at once, so that few calls need any.
    private static let step: UInt16 = 32

    /// The range that `counts` begins with.
    private var first: UInt16 = 0
    private var counts: [UInt32] = []

    package init() {}

    /// Counts a call. One that took no time at all was not measured.
    package mutating func add(_ duration: Interval) {
        if duration > .zero { self.add(LatencyBucket(duration), 1) }
    }

    package mutating func add(_ bucket: LatencyBucket, _ count: UInt32) {
        var offset = Int(bucket.index) - Int(self.first)
        if offset < 0 || offset >= self.counts.count { offset = self.makeRoom(for: bucket) }
        self.counts[offset] = self.counts[offset].saturatingAdd(count)
    }

    package mutating func add(_ other: DurationCounts) {
        for duration in other.all { self.add(duration.bucket, duration.count) }
    }

    /// The ranges that hold calls, the shortest first.
    package var all: [DurationCount] {
        self.counts.enumerated().compactMap { offset, count in
            count == 0
                ? nil : DurationCount(LatencyBucket(index: self.first + UInt16(offset)), count)
        }
    }

    @inline(never)
    private mutating func makeRoom(for bucket: LatencyBucket) -> Int {
        let index = bucket.index
        let lower = index - index % DurationCounts.step
        let isFirst = self.counts.isEmpty
        let start = isFirst ? lower : min(self.first, lower)
        let end = max(isFirst ? 0 : self.first + UInt16(self.counts.count), lower + DurationCounts.step)
        var grown = [UInt32](repeating: 0, count: Int(end - start))
        for (offset, count) in self.counts.enumerated() { grown[Int(self.first - start) + offset] = count }
        (self.first, self.counts) = (start, grown)
        return Int(index - start)
    }
}
