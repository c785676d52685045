/// How long the calls in a window took, by percentile.
///
/// A window has two halves: the one that fills, and the one before. Percentiles are of both, so of at least
/// the last half of the window and never of anything older than all of it.
package struct WindowLatency: Hashable, Sendable {
    private var half = WindowHalf()
    /// As long as all calls fall into one range they cost no further memory: very many breakers are called
    /// now and then only.
    private var lone = LatencyBucket(index: 0)
    private var loneRecent: UInt8 = 0
    private var loneFormer: UInt8 = 0
    private var sketch = LatencySketch()

    package init() {}

    /// What its calls may take beside itself.
    package static var mostBytes: Int { LatencySketch.byteCount }

    /// Whether it holds no calls, whenever they were.
    package var isEmpty: Bool { self.sketch.isEmpty && self.loneRecent == 0 && self.loneFormer == 0 }

    package mutating func removeAll() {
        self = WindowLatency()
    }

    /// Counts calls that enter the window at `now`.
    package mutating func add(
        _ bucket: LatencyBucket, _ count: UInt32, halves: Window.Halves, at now: Instant
    ) {
        self.end(self.half.advance(halves, entering: count, at: now))
        self.add(bucket, count)
    }

    /// Lets go of calls that have left the window by `now`.
    package mutating func trim(halves: Window.Halves, at now: Instant) {
        self.end(self.half.advance(halves, entering: 0, at: now))
    }

    /// Nil where the window holds no call whose duration is known.
    package func percentiles(halves: Window.Halves, at now: Instant) -> LatencyPercentiles? {
        var current = self
        current.trim(halves: halves, at: now)
        return current.isEmpty ? nil : LatencyPercentiles { current.forEach($0) }
    }

    private func forEach(_ body: (LatencyBucket, UInt64) -> Void) {
        let alone = UInt64(self.loneRecent) + UInt64(self.loneFormer)
        if alone > 0 { body(self.lone, alone) }
        self.sketch.forEach(body)
    }

    private mutating func add(_ bucket: LatencyBucket, _ count: UInt32) {
        if self.sketch.isEmpty {
            if self.isEmpty { self.lone = bucket }
            let calls = UInt64(self.loneRecent) + UInt64(count)
            if bucket == self.lone, calls <= UInt8.max {
                self.loneRecent = UInt8(calls)
                return
            }
            self.spread()
        }
        self.sketch.add(bucket, count)
    }

    /// From one range to many.
    private mutating func spread() {
        if self.loneFormer > 0 {
            self.sketch.add(self.lone, UInt32(self.loneFormer))
            self.sketch.rotate()
        }
        if self.loneRecent > 0 { self.sketch.add(self.lone, UInt32(self.loneRecent)) }
        (self.loneRecent, self.loneFormer) = (0, 0)
    }

    /// Lets go of so many halves of the window.
    private mutating func end(_ halves: Int) {
        guard halves > 0 else { return }
        if halves == 1 {
            self.sketch.rotate()
            (self.loneRecent, self.loneFormer) = (0, self.loneRecent)
        } else {
            self.sketch = LatencySketch()
            (self.loneRecent, self.loneFormer) = (0, 0)
        }
    }
}
