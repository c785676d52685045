import Foundation
import Testing

@testable import BreakerClient
@testable import breakerctl

@Suite("The log of watch")
struct WatchLogTests {
    private static let now = WallTime(unixMilliseconds: 1_760_000_000_000)

    private func state(_ breaker: String, _ generation: UInt64, _ state: BreakerState = .closed)
        -> BreakerEvent
    {
        .state(BreakerChange(breaker: breaker, state: state, generation: generation, revision: generation))
    }

    private func lines(_ events: [BreakerEvent]) -> [String] {
        var log = WatchLog(clock: Clock(timeZone: .gmt), shapes: false)
        return events.flatMap { log.lines(for: $0, at: Self.now) }.map(\.plain)
    }

    @Test func `A change is one line`() {
        let change = BreakerChange(
            breaker: "payments", state: .open, generation: 41, revision: 801, retryAfter: .seconds(30),
            reason: .manyFailures)
        #expect(
            self.lines([.state(change)]) == [
                "08:53:20  open            payments  for 30 s: 37 of 52 calls failed in 10 s (71 %, "
                    + "limit 50 %), "
                    + "seen by 4 of 5 instances, mostly ConnectTimeout  generation 41"
            ])
    }

    @Test func `An override in a snapshot tells who and why though its reason is not told`() {
        let override = BreakerOverride(mode: .open, actor: "ana", reason: "INC-7", timeInForce: .zero)
        let change = BreakerChange(breaker: "a", state: .open, generation: 2, revision: 2, override: override)
        #expect(
            self.lines([.state(change)]) == ["08:53:20  forced open     a  by ana (\"INC-7\")  generation 2"])
    }

    @Test func `Heartbeats are silent`() {
        #expect(self.lines([.synced(revision: 4), .heartbeat(revision: 9)]).isEmpty)
    }

    @Test func `After a lost connection only what changed meanwhile is printed`() {
        let lines = self.lines([
            self.state("a", 1), self.state("b", 1), self.state("c", 1), .synced(revision: 3),
            .reset(.reconnected),
            self.state("a", 1), self.state("b", 2, .open), self.state("d", 1), .synced(revision: 9),
        ])
        let words = lines.map { $0.split(separator: " ").dropFirst().prefix(2).joined(separator: " ") }
        #expect(words == ["closed a", "closed b", "closed c", "open b", "closed d", "forgotten c"])
    }

    @Test func `What is forgotten is told once`() {
        let lines = self.lines([
            self.state("a", 1), .synced(revision: 1), .forgotten(breaker: "a", revision: 2),
            .forgotten(breaker: "a", revision: 2),
        ])
        #expect(lines.last == "08:53:20  forgotten       a")
        #expect(lines.count == 2)
    }
}
