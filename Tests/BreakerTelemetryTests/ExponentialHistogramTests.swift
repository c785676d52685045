import BreakerServer
import Testing

@testable import BreakerTelemetry

@Suite("Exponential histograms")
struct ExponentialHistogramTests {
    private func histogram(_ bounds: [Double], _ counts: [UInt64]) -> ExponentialHistogram {
        ExponentialHistogram(MetricHistogram(bounds: bounds, counts: counts, sum: 0))
    }

    @Test func `A range that is a bucket stays as it is`() {
        let doublings = self.histogram([0.5, 1, 2, 4], [1, 2, 3, 4, 5])
        #expect((doublings.scale, doublings.offset) == (0, -2))
        #expect(doublings.counts == [1, 2, 3, 4, 5])
        let fours = self.histogram([1, 4, 16], [1, 2, 3, 4])
        #expect((fours.scale, fours.offset, fours.counts) == (-1, -1, [1, 2, 3, 4]))
    }

    @Test func `Other ranges are told by the bucket of their middle`() {
        let decimal = self.histogram([1, 2, 5, 10, 20, 50, 100], [0, 1, 1, 1, 1, 1, 1, 9])
        #expect(decimal.scale == 0)
        #expect(decimal.offset == -1)
        // Nothing has its middle between 32 and 64: 20 to 50 is told below, 50 to 100 above.
        #expect(decimal.counts == [0, 1, 1, 1, 1, 1, 0, 1, 9])
    }
}
