import BreakerCore
import Testing

@Suite("Instances whose calls are refused")
struct RefusedTests {
    private let rig = Rig()

    private var refused: [String] {
        self.rig.breaker.refused.map { "\($0.instance.text): \($0.rejected), \($0.share)" }
    }

    private func open() throws {
        _ = try self.rig.breaker.trip(
            for: .seconds(10), actor: nil, note: nil, at: self.rig.now, policy: self.rig.policy, jitter: nil)
    }

    @Test func `Of more than are told apart, the first stay, and shares are of all`() throws {
        try self.open()
        for instance: UInt32 in 1...80 { _ = self.rig.acquire(of: instance) }
        for _ in 0..<20 { _ = self.rig.acquire(of: 7) }
        let refused = self.rig.breaker.refused
        #expect(refused.count == 64)
        #expect((refused[0].rejected, refused[0].share) == (21, 0.21))
        #expect(refused[0].instance == .hashed(ReporterID(rawValue: 7)))
        #expect(refused[1...].allSatisfy { $0.rejected == 1 && $0.share == 0.01 })
    }

    @Test func `They stay while memory of calls long past is let go of`() throws {
        try self.open()
        _ = self.rig.acquire(of: 1)
        self.rig.breaker.trim(at: self.rig.now)
        #expect(self.refused == ["#00000001: 1, 1.0"])
    }
}
