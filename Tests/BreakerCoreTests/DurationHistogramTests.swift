import BreakerCore
import Testing

@Test("A duration falls into the first range that it does not exceed")
func durationHistogram() {
    var histogram = DurationHistogram(bounds: [.milliseconds(1), .milliseconds(10)])
    for milliseconds in [0, 1, 2, 10, 11, 5_000] { histogram.add(.milliseconds(Int64(milliseconds))) }
    #expect(histogram.counts == [2, 2, 2])
    #expect(histogram.count == 6)
    #expect(histogram.sum == .milliseconds(5_024))
}
