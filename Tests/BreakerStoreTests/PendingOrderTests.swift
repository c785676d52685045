import BreakerCore
import Testing

@testable import BreakerStore

@Suite("The order in which counters are written")
struct PendingOrderTests {
    private static let anchor = ClockAnchor(now: Instant(nanoseconds: 0), wallMilliseconds: 0)

    private func breaker() -> Breaker {
        Breaker(generation: 1, policy: .default, at: Instant(nanoseconds: 0))
    }

    private func counters(_ names: Range<Int>) -> [CounterRecord] {
        names.map { CounterRecord(name: "b\($0)", breaker: self.breaker(), declared: nil) }
    }

    private func change(_ name: String) -> ChangeRecord {
        ChangeRecord(
            name: name, change: .present(self.breaker(), declared: nil), history: nil,
            anchor: PendingOrderTests.anchor)
    }

    @Test("Counters are taken in parts, the oldest first, each once, while more come in")
    func partsInOrder() {
        var pending = Pending()
        pending.add(self.counters(0..<100), anchor: PendingOrderTests.anchor, arrival: 1)
        #expect(Set(pending.take(counters: 60).counters.keys) == Set((0..<60).map { "b\($0)" }))
        pending.add(self.counters(50..<120), anchor: PendingOrderTests.anchor, arrival: 2)
        #expect(Set(pending.take(counters: 40).counters.keys) == Set((60..<100).map { "b\($0)" }))
        #expect(
            Set(pending.take(counters: 70).counters.keys)
                == Set([50..<60, 100..<120].joined().map { "b\($0)" }))
        #expect(pending.isEmpty)
    }

    @Test("A breaker that becomes urgent is written with the urgent ones and passed over among the counters")
    func becomesUrgent() {
        var pending = Pending()
        pending.add(self.counters(0..<10), anchor: PendingOrderTests.anchor, arrival: 1)
        pending.add(self.change("b0"), arrival: 2)
        let first = pending.take(counters: 3)
        #expect(Set(first.urgent.keys) == ["b0"])
        #expect(Set(first.counters.keys) == ["b1", "b2", "b3"])
        #expect(pending.counters.count == 6)
    }

    @Test("Names that are passed over do not pile up")
    func boundedNames() {
        var pending = Pending()
        for arrival in 1...10_000 {
            pending.add(self.counters(0..<1), anchor: PendingOrderTests.anchor, arrival: UInt64(arrival))
            pending.add(self.change("b0"), arrival: UInt64(arrival))
            pending.urgent = [:]
        }
        #expect(pending.count <= 1)
        #expect(pending.waitingNames <= 128)
    }
}
