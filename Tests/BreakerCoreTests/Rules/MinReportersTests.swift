import BreakerCore
import Testing

@Suite("min_reporters")
struct MinReportersTests {
    private func rig(_ wanted: Policy.MinReporters, _ shape: Policy.WindowShape = .time(.seconds(10))) -> Rig
    {
        Rig {
            $0.window = shape
            $0.minReporters = wanted
            $0.failureRate = 0.05
        }
    }

    @Test("A single bad instance among ten does not trip", arguments: FailureRateTests.shapes)
    func oneBadAmongTen(shape: Policy.WindowShape) {
        let rig = self.rig(.automatic, shape)
        for instance in UInt32(2)...10 {
            rig.report([.success, .success, .success], of: instance)
        }
        rig.report(Array(repeating: .failure, count: 60), of: 1)
        #expect(rig.state == .closed)
        rig.report(.failure, of: 2)
        #expect(rig.state == .open)
    }

    @Test("auto asks for one of one, one of two, two of three", arguments: [(1, 1), (2, 1), (3, 2), (10, 2)])
    func automatic(fleet: UInt32, wanted: UInt32) {
        let rig = self.rig(.automatic)
        for instance in 1...fleet {
            rig.report(Array(repeating: .success, count: 20), of: instance)
        }
        for instance in 1..<wanted {
            rig.report(Array(repeating: .failure, count: 100), of: instance)
        }
        #expect(rig.state == .closed)
        rig.report(Array(repeating: .failure, count: 20), of: wanted)
        #expect(rig.state == .open)
    }

    @Test("It never asks for more instances than reported")
    func fleetSmallerThanWanted() {
        let rig = self.rig(.atLeast(64))
        rig.report(Array(repeating: .failure, count: 19), of: 1)
        #expect(rig.state == .closed)
        rig.report(.failure, of: 2)
        #expect(rig.state == .open)
    }

    @Test("It also silences failures in a row")
    func consecutive() {
        let rig = self.rig(.atLeast(2))
        rig.policy.consecutiveFailures = 3
        rig.report(.success, of: 2)
        rig.report([.failure, .failure, .failure, .failure], of: 1)
        #expect(rig.state == .closed)
        rig.report(.failure, of: 2)
        #expect(rig.state == .open)
    }

    @Test("Failing instances beyond the 64 that are told apart take the place of healthy ones")
    func moreThan64() {
        let rig = self.rig(.atLeast(64))
        for instance in UInt32(1)...200 { rig.report(.success, of: instance) }
        for instance in UInt32(1001)...1063 { rig.report(.failure, of: instance) }
        #expect(rig.counts.failingReporters == 63)
        #expect(rig.state == .closed)
        rig.report(.failure, of: 1064)
        #expect(rig.state == .open)
    }
}
