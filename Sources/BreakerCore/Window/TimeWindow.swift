/// The calls of the last so much time, in a ring of 10 equal buckets.
///
/// A call leaves the window when its bucket does: between 9 and 10 tenths of the length after it was counted.
/// Buckets are laid from `origin`, the moment of the first call after the window was empty. Every operation
/// is O(1): at most 10 buckets and 64 reporters, however many calls. Sums are taken when a rule is judged, so
/// a success costs one bucket's increment.
package struct TimeWindow: Hashable, Sendable {
    package static let bucketCount = 10

    package struct Bucket: Hashable, Sendable {
        package var calls: UInt32 = 0
        package var failures: UInt32 = 0
        package var slow: UInt32 = 0

        package init() {}
    }

    /// A bucket's length in nanoseconds, at least 1.
    package let bucketNanoseconds: Int64
    /// When bucket number 0 began.
    package private(set) var origin = Instant(nanoseconds: 0)
    /// Number of the newest bucket, counted from `origin`.
    package private(set) var newest: Int64 = 0
    /// Ring of 10, bucket n at position n mod 10; empty while the window holds no calls, to cost nothing
    /// then.
    package private(set) var buckets: [Bucket] = []
    package private(set) var reporters = WindowReporters()

    package init(length: Interval) {
        self.bucketNanoseconds = max(1, length.nanoseconds / Int64(TimeWindow.bucketCount))
    }

    /// A window as it was saved; `buckets` must be empty or 10.
    package init?(
        length: Interval, origin: Instant, newest: Int64, buckets: [Bucket], reporters: WindowReporters
    ) {
        guard buckets.isEmpty || buckets.count == TimeWindow.bucketCount, newest >= 0 else { return nil }
        self.init(length: length)
        (self.origin, self.newest) = (origin, newest)
        (self.buckets, self.reporters) = (buckets, reporters)
    }

    package var isEmpty: Bool { self.buckets.isEmpty }

    package mutating func add(_ entry: WindowEntry, from reporter: ReporterID, at now: Instant) {
        self.advance(to: now)
        if self.buckets.isEmpty {
            self.buckets = Array(repeating: Bucket(), count: TimeWindow.bucketCount)
            (self.origin, self.newest) = (now, 0)
        }
        let slot = Int(self.newest % Int64(TimeWindow.bucketCount))
        self.buckets[slot].calls = self.buckets[slot].calls.saturatingAdd(entry.calls)
        self.buckets[slot].failures = self.buckets[slot].failures.saturatingAdd(entry.failures)
        self.buckets[slot].slow = self.buckets[slot].slow.saturatingAdd(entry.slow)
        self.reporters.mark(reporter, slot: slot, failing: entry.failures > 0, slow: entry.slow > 0)
    }

    /// Lets go of the buckets that have left the window by `now`.
    package mutating func advance(to now: Instant) {
        guard !self.buckets.isEmpty else { return }
        let steps = self.bucketNumber(at: now) - self.newest
        guard steps > 0 else { return }
        guard steps < Int64(TimeWindow.bucketCount) else { return self.removeAll() }
        var cleared: UInt64 = 0
        for step in 1...steps {
            let slot = Int((self.newest + step) % Int64(TimeWindow.bucketCount))
            self.buckets[slot] = Bucket()
            cleared |= 1 << UInt64(slot)
        }
        self.newest += steps
        self.reporters.clear(slots: cleared)
        if self.buckets.allSatisfy({ $0.calls == 0 }) { self.removeAll() }
    }

    package mutating func removeAll() {
        self.buckets = []
        self.reporters.removeAll()
    }

    /// Takes memory of its own.
    package mutating func unshare() {
        self.buckets = self.buckets.withUnsafeBufferPointer { Array($0) }
        self.reporters.unshare()
    }

    /// The sums over the buckets that are still in the window at `now`.
    package func counts(at now: Instant) -> WindowCounts {
        var current = self
        current.advance(to: now)
        return current.sum()
    }

    private func sum() -> WindowCounts {
        var counts = WindowCounts()
        for bucket in self.buckets {
            counts.calls += Int(bucket.calls)
            counts.failures += Int(bucket.failures)
            counts.slow += Int(bucket.slow)
        }
        (counts.reporters, counts.failingReporters, counts.slowReporters) = self.reporters.count()
        return counts
    }

    private func bucketNumber(at now: Instant) -> Int64 {
        max(0, (now - self.origin).nanoseconds) / self.bucketNanoseconds
    }
}
