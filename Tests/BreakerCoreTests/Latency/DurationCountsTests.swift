import BreakerCore
import Testing

@Suite("Calls by how long they took")
struct DurationCountsTests {
    @Test("Every call is counted in its range, in whatever order they come")
    func counts() {
        var random = SeededGenerator(seed: Seed.announced(for: "duration counts"))
        var (real, model) = (DurationCounts(), [UInt16: UInt32]())
        for _ in 0..<2_000 {
            let bucket = LatencyBucket(index: .random(in: 0..<UInt16(LatencyBucket.count), using: &random))
            let count = UInt32.random(in: 1...3, using: &random)
            real.add(bucket, count)
            model[bucket.index, default: 0] += count
        }
        #expect(real.all.map(\.bucket.index) == model.keys.sorted())
        #expect(real.all.allSatisfy { model[$0.bucket.index] == $0.count })
    }

    @Test("Two are one, and a call that took no time was not measured")
    func merged() {
        var (left, right) = (DurationCounts(), DurationCounts())
        left.add(.milliseconds(5))
        right.add(.milliseconds(5))
        right.add(.seconds(9))
        right.add(.zero)
        left.add(right)
        #expect(left.all.map(\.count) == [2, 1])
    }
}
