import BreakerCore
import Testing

@Suite("Ranges of durations")
struct LatencyBucketTests {
    private func errorOf(_ milliseconds: Double) -> Double {
        abs(LatencyBucket(milliseconds: milliseconds).milliseconds / milliseconds - 1)
    }

    @Test("What a range shows is within 2 % of every duration in it, from 1/16 ms to an hour")
    func accuracy() {
        var random = SeededGenerator(seed: Seed.announced(for: "latency bucket accuracy"))
        var worst = 0.0
        for _ in 0..<20_000 {
            let doublings = Double.random(in: 0..<25.7, using: &random)
            let whole = doublings.rounded(.down)
            let milliseconds = 0.0625 * (1 + (doublings - whole)) * Double(1 << Int(whole))
            worst = max(worst, self.errorOf(milliseconds))
        }
        #expect(worst <= 0.02)
        #expect(worst > 0.019)
    }

    @Test("A duration that was rounded to its range and to the microsecond stays in its range")
    func stable() {
        for index in 0..<UInt16(LatencyBucket.count) {
            let bucket = LatencyBucket(index: index)
            let told = (bucket.milliseconds * 1_000).rounded() / 1_000
            #expect(LatencyBucket(milliseconds: told) == bucket)
        }
    }

    @Test("Longer durations are never in an earlier range, and each range is met")
    func monotone() {
        var (milliseconds, last) = (0.0625, LatencyBucket(milliseconds: 0.0625))
        #expect(last.index == 1)
        while last.index < UInt16(LatencyBucket.count) - 1 {
            milliseconds *= 1.01
            let next = LatencyBucket(milliseconds: milliseconds)
            #expect(next.index == last.index || next.index == last.index + 1)
            last = next
        }
    }

    @Test(
        "The ends: nothing, and longer than an hour",
        arguments: [(0, 0), (0.0624, 0), (0.0625, 1), (86_400_000, 468), (4_300_000, 468)])
    func ends(milliseconds: Double, index: UInt16) {
        #expect(LatencyBucket(milliseconds: milliseconds).index == index)
    }
}
