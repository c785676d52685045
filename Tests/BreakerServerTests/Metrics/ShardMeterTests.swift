import BreakerCore
import Testing

@testable import BreakerServer

@Suite("The meter of a shard")
struct ShardMeterTests {
    private static let slot = 3
    private let opened = Breaker.Transition(from: .closed, to: .open, reason: nil)

    @Test("An event that was on its way while all was read takes nothing back", arguments: [true, false])
    func late(labelled: Bool) {
        var meter = ShardMeter()
        let breaker = Breaker(generation: 1, policy: .default, at: Self.at(0))
        meter.add(breaker, Self.slot, labelled: labelled, at: Self.at(0))
        let read = meter.willRead(at: Self.at(10))
        #expect(self.tally(meter).milliseconds.closed + read == 10)
        // Its time was taken before, its turn under the lock came after.
        meter.moved(Self.slot, self.opened, .elapsed, at: Self.at(9))
        #expect(self.tally(meter).milliseconds.closed == 10)
        #expect(self.tally(meter).milliseconds.open + meter.willRead(at: Self.at(10)) == 0)
        #expect(self.tally(meter).reached.open == 1)
    }

    @Test("Transitions are counted by target and rule")
    func rules() {
        var meter = ShardMeter()
        for rule in [TransitionRule.trip, .trip, .elapsed] {
            meter.moved(Self.slot, self.opened, rule, at: Self.at(1))
        }
        #expect(meter.transitions[RuledTransition(to: .open, rule: .trip)] == 2)
        #expect(meter.transitions[RuledTransition(to: .open, rule: .elapsed)] == 1)
    }

    private func tally(_ meter: ShardMeter) -> BreakerTally {
        meter.labels[Self.slot]?.tally ?? meter.others
    }

    private static func at(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: milliseconds * 1_000_000)
    }
}
