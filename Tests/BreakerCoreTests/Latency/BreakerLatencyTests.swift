import BreakerCore
import Testing

@Suite("A breaker's latency")
struct BreakerLatencyTests {
    private func p50(_ rig: Rig) -> Double? { rig.breaker.latency(at: rig.now)?.p50 }

    private func near(_ value: Double?, _ wanted: Double) -> Bool {
        value.map { abs($0 / wanted - 1) <= 0.02 } ?? false
    }

    @Test("Reports with a duration count, whatever came of the call; others do not")
    func singles() {
        let rig = Rig()
        rig.report(.success)
        #expect(self.p50(rig) == nil)
        rig.report(.ignored, took: .seconds(9))
        #expect(self.p50(rig) == nil)
        rig.report(.timeout, took: .milliseconds(250))
        #expect(self.near(self.p50(rig), 250))
    }

    @Test("A batch tells how long its calls took")
    func batches() {
        let rig = Rig()
        rig.batch(durations: [
            DurationCount(LatencyBucket(milliseconds: 4), 8),
            DurationCount(LatencyBucket(milliseconds: 90), 2),
        ]) { $0.success = 10 }
        #expect(self.near(self.p50(rig), 4))
        #expect(self.near(rig.breaker.latency(at: rig.now)?.p99, 90))
    }

    @Test("Late outcomes, and those of a batch of another generation, do not count")
    func late() {
        let rig = Rig()
        rig.report(.success, generation: 77, took: .milliseconds(5))
        rig.batch(durations: [DurationCount(LatencyBucket(milliseconds: 5), 1)]) {
            $0.success = 1
            $0.generation = 77
        }
        #expect(rig.breaker.totals.late == 2)
        #expect(self.p50(rig) == nil)
    }

    @Test("It goes with the window: at a change of the state, and when the window has passed")
    func goes() {
        let rig = Rig()
        rig.report(.success, took: .milliseconds(5))
        rig.force(.closed)
        #expect(self.p50(rig) == nil)
        rig.report(.success, took: .milliseconds(5))
        #expect(self.p50(rig) != nil)
        rig.now = rig.now + .seconds(10)
        #expect(self.p50(rig) == nil)
    }

    @Test("A breaker whose calls take the same time holds no histogram, and one holds 512 bytes at most")
    func size() {
        // 32 bytes of the array itself.
        #expect(WindowLatency.mostBytes + 32 <= 512)
        #expect(MemoryLayout<WindowLatency>.size <= 16)
    }
}
