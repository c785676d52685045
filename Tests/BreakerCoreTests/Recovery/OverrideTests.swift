import BreakerCore
import Testing

@Suite("Overrides and an operator's commands")
struct OverrideTests {
    static let states = BreakerState.allCases

    private func rig(in state: BreakerState) -> Rig {
        let rig = Rig()
        switch state {
        case .closed: break
        case .open: rig.trip()
        case .halfOpen: rig.becomeHalfOpen()
        }
        return rig
    }

    @Test("Every mode over every state is a change of its own", arguments: Override.Mode.allCases, states)
    func overEveryState(mode: Override.Mode, state: BreakerState) {
        let rig = self.rig(in: state)
        let before = rig.generation
        let transition = rig.force(mode)
        #expect(rig.generation == before + 1)
        #expect(transition.from == state)
        #expect(transition.to == (mode == .open ? .open : .closed))
        let expected: Verdict = mode == .open ? .refused(.forcedOpen, retryAfter: nil) : .allowed
        #expect(rig.acquire() == expected)
        #expect(rig.breaker.nextDeadline == nil)
        #expect(rig.breaker.override?.actor == "ana")
    }

    @Test(
        "None trips; closed counts, disabled counts totals only",
        arguments: [Override.Mode.closed, .disabled])
    func noneTrips(mode: Override.Mode) {
        let rig = Rig { $0.consecutiveFailures = 1 }
        rig.force(mode)
        rig.report(Array(repeating: .failure, count: 100))
        rig.batch { $0.failure = 100 }
        #expect(rig.state == .closed)
        #expect(rig.totals.failure == 200)
        #expect(rig.counts.failures == (mode == .closed ? 200 : 0))
    }

    @Test("Clearing open lets probes decide, clearing the others closes", arguments: Override.Mode.allCases)
    func clearing(mode: Override.Mode) {
        let rig = Rig()
        rig.force(mode)
        rig.report([.failure, .failure])
        let transition = rig.clearOverride(by: "bo")
        #expect(rig.state == (mode == .open ? .halfOpen : .closed))
        #expect(transition?.reason == .command(.init(.override, mode: "auto", actor: "bo")))
        #expect(rig.counts == WindowCounts())
        #expect(rig.generation == 3)
        #expect(rig.clearOverride() == nil)
        #expect(rig.generation == 3)
    }

    @Test("A ttl ends the override on its tick", arguments: Override.Mode.allCases)
    func ttl(mode: Override.Mode) {
        let rig = Rig()
        rig.force(mode, ttl: .seconds(60))
        rig.advance(.seconds(59))
        #expect(rig.breaker.override != nil)
        if mode == .open { #expect(rig.acquire() == .refused(.forcedOpen, retryAfter: .seconds(1))) }
        rig.advance(.seconds(1))
        #expect(rig.breaker.override == nil)
        #expect(rig.state == (mode == .open ? .halfOpen : .closed))
    }

    @Test("A new override takes the former one's place")
    func replaced() {
        let rig = Rig()
        rig.force(.open, ttl: .seconds(5))
        rig.force(.disabled)
        rig.advance(.hours(1))
        #expect(rig.breaker.override?.mode == .disabled)
        #expect(rig.generation == 3)
    }

    @Test("trip and reset are refused under an override", arguments: Override.Mode.allCases)
    func conflict(mode: Override.Mode) {
        let rig = Rig()
        rig.force(mode)
        #expect(throws: Breaker.Refused.self) {
            try rig.breaker.trip(
                for: nil, actor: nil, note: nil, at: rig.now, policy: rig.policy, jitter: nil)
        }
        #expect(throws: Breaker.Refused.self) { try rig.breaker.reset(actor: nil, note: nil, at: rig.now) }
        #expect(rig.generation == 2)
    }

    @Test(
        "trip opens from every state, for the time asked or the policy's, and recovers by itself",
        arguments: states)
    func trip(state: BreakerState) {
        let rig = self.rig(in: state)
        #expect(rig.trip(for: .seconds(10))?.from == state)
        #expect(rig.remaining == .seconds(10))
        #expect(rig.breaker.lastTrip?.reason == .command(.init(.trip, actor: "ana", note: "drill")))
        rig.trip()
        #expect(rig.remaining == .seconds(30))
        rig.advance(.seconds(30))
        #expect(rig.state == .halfOpen)
    }

    @Test(
        "reset closes from every state, with an empty window and the backoff at its start", arguments: states)
    func reset(state: BreakerState) {
        let rig = self.rig(in: state)
        if state == .halfOpen { rig.report(.failure, permit: rig.probe()) }
        let generation = rig.generation
        rig.reset()
        #expect(rig.state == .closed)
        #expect(rig.generation == generation + 1)
        #expect(rig.breaker.nextDeadline == nil)
        #expect(rig.breaker.backoff == 0)
        #expect(rig.counts == WindowCounts())
        rig.advance(.hours(1))
        #expect(rig.state == .closed)
    }

    @Test("Reading changes nothing")
    func pure() {
        let rig = Rig()
        rig.report([.failure, .success])
        let before = rig.breaker
        _ = (rig.breaker.state, rig.breaker.nextDeadline, rig.breaker.override, rig.counts)
        _ = rig.breaker.isForgettable(at: rig.now + .days(900), policy: rig.policy)
        #expect(rig.breaker == before)
    }

    @Test("Only a closed breaker without override, untouched for idle_after, is forgettable")
    func forgettable() {
        for state in Self.states {
            let rig = self.rig(in: state)
            let due = rig.breaker.touched + .hours(24)
            #expect(rig.breaker.isForgettable(at: due, policy: rig.policy) == (state == .closed))
        }
        let rig = Rig()
        #expect(!rig.breaker.isForgettable(at: rig.now + .seconds(86_399), policy: rig.policy))
        rig.force(.closed)
        #expect(!rig.breaker.isForgettable(at: rig.now + .days(9), policy: rig.policy))
    }
}
