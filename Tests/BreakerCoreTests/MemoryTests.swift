import BreakerCore
import Testing

@Suite("Memory")
struct MemoryTests {
    /// Bytes that an array's or an object's allocation takes before its content, and to what malloc rounds.
    private func allocation(_ bytes: Int) -> Int { (32 + bytes + 8 + 15) / 16 * 16 }

    @Test("An idle breaker stays below 300 bytes, one with traffic below 1 KiB")
    func sizes() {
        let idle = MemoryLayout<Breaker>.stride
        // Arrays grow to powers of two: 16 reporters' words for 10.
        let buckets = self.allocation(10 * MemoryLayout<TimeWindow.Bucket>.stride)
        let reporters = self.allocation(16 * MemoryLayout<UInt64>.stride)
        let trip = self.allocation(MemoryLayout<TripReason>.stride + MemoryLayout<Instant>.stride)
        let error = self.allocation(64)
        let busy = idle + buckets + reporters + trip + error
        print("breaker: \(idle) bytes idle, \(busy) with traffic (window \(MemoryLayout<Window>.size),")
        print(
            "  phase \(MemoryLayout<Phase>.size), totals \(MemoryLayout<Totals>.size), policy \(MemoryLayout<Policy>.size))"
        )
        #expect(idle <= 300)
        #expect(busy <= 1024)
    }

    @Test("A breaker that saw traffic and was trimmed holds no more than an idle one")
    func trimmed() {
        let rig = Rig()
        rig.report(.failure, error: "Refused")
        rig.report(.success)
        rig.breaker.trim(at: rig.now + .seconds(5))
        #expect(rig.breaker.leadingError == "Refused", "it is still in the window")
        rig.breaker.trim(at: rig.now + .seconds(10))
        #expect(rig.breaker.window.isEmpty)
        #expect(rig.breaker.leadingError == nil && rig.breaker.shares(at: rig.now).isEmpty)
        #expect(rig.breaker.window.time?.buckets.isEmpty == true)
    }
}
