import BreakerCore
import Testing

@testable import BreakerServer

@Suite("How long calls took, as metrics tell it")
struct DurationTotalsTests {
    @Test(
        "A duration falls into the first range whose end it does not exceed",
        arguments: [
            (0.01, 0), (0.99, 0), (1.01, 1), (3.9, 1), (4.1, 2), (63.9, 3), (65, 4), (1_000, 5), (16_000, 7),
            (17_000, 8), (3_000_000, 8),
        ])
    func ranges(milliseconds: Double, range: Int) throws {
        var totals = DurationTotals()
        totals.add(LatencyBucket(milliseconds: milliseconds), 3, microseconds: 30)
        let histogram = try #require(totals.histogram)
        #expect(histogram.counts.count == histogram.bounds.count + 1)
        #expect(histogram.counts[range] == 3)
        #expect(histogram.counts.reduce(0, +) == 3)
        #expect(histogram.sum == 0.00003)
    }

    @Test("Those of many breakers add up, and none is none")
    func sums() throws {
        var totals = DurationTotals()
        #expect(totals.histogram == nil)
        totals.add(DurationTotals())
        #expect(totals.histogram == nil)
        var other = DurationTotals()
        other.add(LatencyBucket(milliseconds: 5), 2, microseconds: 10_000)
        totals.add(other)
        totals.add(other)
        totals.add(DurationTotals())
        #expect(try #require(totals.histogram).counts == [0, 0, 4, 0, 0, 0, 0, 0, 0])
        #expect(try #require(totals.histogram).sum == 0.02)
    }
}
