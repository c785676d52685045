import BreakerCore
import Testing

@Suite("Late outcomes decide nothing")
struct LateTests {
    @Test(
        "A failure of the closed era, reported while open, does not extend it", arguments: [nil, UInt64(1)])
    func whileOpen(generation: UInt64?) {
        let rig = Rig { $0.honorRetryAfter = true }
        rig.trip()
        rig.advance(.seconds(10))
        rig.report(.failure, generation: generation, retryAfter: .minutes(4))
        #expect(rig.remaining == .seconds(20))
        #expect(rig.totals.late == 1)
        #expect(rig.totals.failure == 0)
    }

    @Test(
        "A result of the closed era, reported in half-open, neither closes nor reopens",
        arguments: Outcome.allCases)
    func inHalfOpen(outcome: Outcome) {
        let rig = Rig { $0.probeSuccesses = 1 }
        rig.becomeHalfOpen()
        for generation in [1, 2, 3, nil] as [UInt64?] {
            rig.report(outcome, generation: generation)
        }
        #expect(rig.state == .halfOpen)
        #expect(rig.totals.late == 4)
    }

    @Test("An outcome of a former closed era does not enter the new window")
    func formerEra() {
        let rig = Rig()
        rig.reset()
        rig.report(.failure, generation: 1)
        rig.report(.failure, generation: 3)
        #expect(rig.counts.calls == 0)
        rig.report(.failure, generation: 2)
        rig.report(.failure)
        #expect(rig.counts.calls == 2)
        #expect(rig.totals.late == 2)
    }

    @Test("A permit while closed, of whatever numbers, is late")
    func permitWhileClosed() {
        let rig = Rig()
        for permit in [(1, 1), (1, 0), (0, 1), (UInt64.max, UInt64.max)] as [(UInt64, UInt64)] {
            rig.report(.failure, generation: 1, permit: Permit(generation: permit.0, number: permit.1))
        }
        #expect(rig.totals.late == 4)
        #expect(rig.counts.calls == 0)
    }

    @Test("Under a forced open everything is late")
    func forcedOpen() {
        let rig = Rig()
        rig.force(.open)
        rig.report(.success)
        rig.report(.failure, generation: 2)
        #expect(rig.totals.late == 2)
    }
}
