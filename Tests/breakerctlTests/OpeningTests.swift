import Testing

@testable import BreakerClient
@testable import breakerctl

@Suite("What opened a breaker first")
struct OpeningTests {
    private static func event(
        _ id: UInt64, _ to: BreakerState, _ rule: BreakerReason.Rule? = nil
    ) -> HistoryEvent {
        var event = HistoryEvent(
            id: id, at: WallTime(unixMilliseconds: Int64(id)), kind: .transition)
        event.to = to
        event.reason = rule.map { BreakerReason(rule: $0) }
        return event
    }

    /// Of an outage with two failed probes, the latest first.
    private let outage = [
        event(7, .open, .probeFailed), event(6, .halfOpen), event(5, .open, .probeFailed),
        event(4, .halfOpen), event(3, .open, .failureRate),
    ]

    @Test func `It is found behind failed probes`() {
        let past = [Self.event(2, .closed), Self.event(1, .open, .operator)]
        #expect(Opening(firstIn: self.outage + past, isWhole: false)?.reason.rule == .failureRate)
        #expect(Opening(firstIn: self.outage, isWhole: true)?.at.unixMilliseconds == 3)
    }

    @Test func `Of a breaker that has closed since it is what began the last outage`() {
        let events = [Self.event(8, .closed)] + self.outage + [Self.event(2, .closed)]
        #expect(Opening(firstIn: events, isWhole: false)?.reason.rule == .failureRate)
    }

    @Test func `There is none but the last where nothing opened it anew, or it is out of reach`() {
        #expect(Opening(firstIn: self.outage, isWhole: false) == nil)
        #expect(
            Opening(firstIn: [Self.event(2, .open, .operator), Self.event(1, .closed)], isWhole: true) == nil)
        #expect(Opening(firstIn: [], isWhole: true) == nil)
    }
}
