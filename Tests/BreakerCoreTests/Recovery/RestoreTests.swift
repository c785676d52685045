import BreakerCore
import Testing

@Suite("Restart and revert")
struct RestoreTests {
    private func restart(_ rig: Rig) {
        var saved = SavedBreaker(
            generation: rig.generation, phase: rig.breaker.phase, since: rig.breaker.since,
            touched: rig.breaker.touched)
        saved.backoff = rig.breaker.backoff
        saved.consecutiveFailures = rig.breaker.consecutiveFailures
        saved.totals = rig.totals
        saved.window = rig.breaker.window
        saved.lastTrip = rig.breaker.lastTrip
        rig.breaker = Breaker(restoring: saved, policy: rig.policy)
    }

    @Test("An open breaker stays open for the rest of its time")
    func open() {
        let rig = Rig()
        rig.trip()
        rig.advance(.seconds(12))
        self.restart(rig)
        #expect(rig.remaining == .seconds(18))
        #expect(rig.breaker.lastTrip != nil)
    }

    @Test("A closed one keeps window, row and totals")
    func closed() {
        let rig = Rig { $0.consecutiveFailures = 4 }
        rig.report([.success, .failure, .failure, .failure])
        self.restart(rig)
        #expect((rig.counts.calls, rig.totals.failure) == (4, 3))
        rig.report(.failure)
        #expect(rig.state == .open)
    }

    @Test("A window of another shape than the policy's is dropped")
    func reshaped() {
        let rig = Rig()
        rig.report([.failure, .failure])
        rig.policy.window = .count(10)
        self.restart(rig)
        #expect(rig.counts.calls == 0)
        rig.report(.failure)
        #expect(rig.counts.calls == 1)
    }

    @Test("Half-open keeps its successes and has every slot free; permits of before are void")
    func halfOpen() throws {
        let rig = Rig()
        rig.becomeHalfOpen()
        rig.report(.success, permit: rig.probe())
        let before = try #require(rig.probe())
        self.restart(rig)
        #expect(rig.state == .halfOpen)
        #expect(rig.breaker.nextDeadline == nil)
        rig.report(.failure, permit: before)
        #expect(rig.totals.late == 1)
        #expect([rig.probe(), rig.probe()].allSatisfy { $0 != nil })
        #expect(rig.probe() == nil)
    }

    @Test("A permit's number is not handed out again after a restart in the same generation")
    func permitNumbers() throws {
        let rig = Rig()
        rig.becomeHalfOpen()
        let before = try #require(rig.probe())
        self.restart(rig)
        let after = try #require(rig.probe())
        #expect(after != before)
        rig.report(.failure, permit: before)
        #expect(rig.state == .halfOpen)
    }

    @Test(
        "A command that is undone leaves the former state under a new generation",
        arguments: OverrideTests.states)
    func revert(state: BreakerState) {
        let rig = Rig()
        if state != .closed { rig.trip() }
        if state == .halfOpen { rig.advance(.seconds(30)) }
        rig.report([.failure, .failure])
        let earlier = rig.breaker
        rig.force(.disabled)
        rig.report(.success)
        let transition = rig.breaker.revert(to: earlier, at: rig.now)
        #expect(transition == Breaker.Transition(from: .closed, to: state, reason: nil))
        #expect(rig.generation == earlier.generation + 2)
        #expect(rig.breaker.nextDeadline == earlier.nextDeadline)
        #expect(rig.breaker.window == earlier.window)
        #expect(rig.breaker.consecutiveFailures == earlier.consecutiveFailures)
        #expect(rig.totals.success == 1)
    }

    @Test("A window that a policy reshaped before the undoing keeps its new shape")
    func revertAfterReshape() {
        let rig = Rig()
        rig.report([.failure, .failure])
        let earlier = rig.breaker
        rig.force(.open)
        rig.policy.window = .count(10)
        rig.breaker.adopt(rig.policy)
        _ = rig.breaker.revert(to: earlier, at: rig.now)
        #expect(rig.breaker.window.has(.count(10)))
        #expect(rig.counts.calls == 0)
    }

    @Test("A changed policy keeps the state, and the counts where the window has the same shape")
    func adopt() {
        let rig = Rig()
        rig.report([.failure, .failure])
        rig.policy.minCalls = 3
        rig.breaker.adopt(rig.policy)
        #expect(rig.counts.calls == 2)
        rig.policy.window = .time(.seconds(20))
        rig.breaker.adopt(rig.policy)
        #expect(rig.counts.calls == 0)
        #expect(rig.generation == 1)
    }
}
