import Foundation
import Testing

@testable import BreakerClient
@testable import breakerctl

@Suite("Tables of breakers and events")
struct TablesOfBreakersTests {
    private static let clock = Clock(timeZone: .gmt)

    private func text(_ table: Table, width: Int? = nil) -> [String] {
        table.lines(width: width).map(\.plain)
    }

    private var breakers: [BreakerStatus] {
        [
            .sample(.closed) {
                $0.breaker = "mail"
                $0.window = .sample(calls: 1_200, failures: 30, slow: 12)
            },
            .sample(.open) {
                $0.breaker = "orders"
                $0.retryAfter = .milliseconds(11_400)
            },
            .sample(.halfOpen) {
                $0.breaker = "payments"
                $0.probes = .sample(outstanding: 1, successes: 1, needed: 2)
            },
            .sample(.open) {
                $0.breaker = "stock"
                $0.override = BreakerOverride(
                    mode: .open, actor: "ana", reason: "INC-7", timeInForce: .seconds(2),
                    expiresIn: .seconds(480))
            },
        ]
    }

    @Test func `A listing shows state, traffic and what happens next`() {
        #expect(
            self.text(ListTable.table(of: self.breakers, shapes: false)) == [
                "BREAKER   STATE         FOR  CALLS  FAILED  SLOW  NEXT",
                "mail      closed       18 s  1,200   2.5 %   1 %",
                "orders    open         18 s      -       -        probes in 12 s",
                "payments  half-open    18 s      -       -        1 probe out, 1 of 3 succeeded",
                "stock     forced open  18 s      -       -        8 min more, by ana: INC-7",
            ])
    }

    @Test func `On a terminal each state has a shape besides its colour`() {
        let lines = ListTable.table(of: self.breakers, shapes: true).lines(width: nil)
        for (line, shape) in zip(lines.dropFirst(), ["○", "●", "◐", "⚑"]) {
            #expect(line.plain.contains(shape))
        }
        for (line, code) in zip(lines.dropFirst(), [32, 31, 33, 35]) {
            #expect(line.rendered(colour: true).contains("\u{1b}[\(code)m"))
        }
    }

    private func event(_ kind: HistoryEvent.Kind, _ change: (inout HistoryEvent) -> Void) -> HistoryEvent {
        var event = HistoryEvent(id: 7, at: WallTime(unixMilliseconds: 1_760_000_000_000), kind: kind)
        event.breaker = "payments"
        change(&event)
        return event
    }

    @Test func `A history tells what happened, and by whom or why`() {
        let events = [
            self.event(.override) { ($0.mode, $0.actor, $0.note, $0.to) = (.open, "ana", "INC-7", .open) },
            self.event(.override) { ($0.mode, $0.actor) = (.auto, "ana") },
            self.event(.transition) { ($0.from, $0.to) = (.halfOpen, .closed) },
            self.event(.transition) { ($0.from, $0.to) = (.open, .halfOpen) },
            self.event(.transition) { ($0.from, $0.to, $0.reason) = (.closed, .open, .manyFailures) },
            self.event(.trip) { $0.actor = "bo" },
            self.event(.reset) { $0.to = .closed },
            self.event(.policySet) {
                ($0.breaker, $0.match, $0.actor) = (nil, "pay*", "ana")
                $0.policy = BreakerPolicy()
                $0.policy?.failureRate = 0.3
            },
            self.event(.forgotten) { $0.generation = 9 },
        ]
        let lines = self.text(HistoryTable.table(of: events, clock: Self.clock))
        #expect(lines[0] == "EVENT  WHEN                 BREAKER   WHAT              WHY")
        #expect(lines[1] == "    7  2025-10-09 08:53:20  payments  forced open       by ana (\"INC-7\")")
        let rest = lines.dropFirst(2).map { $0.dropFirst("    7  2025-10-09 08:53:20  ".count) }
        #expect(
            rest == [
                "payments  override cleared  by ana", "payments  closed            probes succeeded",
                "payments  half-open         its time was up",
                "payments  open              37 of 52 calls failed in 10 s (71 %, limit 50 "
                    + "%), seen by 4 of 5 "
                    + "instances, mostly ConnectTimeout",
                "payments  tripped           by bo", "payments  reset",
                "pay*      policy set        failure_rate=0.3, by ana", "payments  forgotten",
            ])
    }

    @Test(arguments: [20, 40, 60, 80, 120])
    func `No table is wider than the terminal`(width: Int) {
        for line in ListTable.table(of: self.breakers, shapes: true).lines(width: width) {
            #expect(line.width <= width)
        }
    }

    @Test func `The report of one breaker leads with the sentence and ends with the policy's sources`() {
        let status = BreakerStatus.sample(.open) {
            $0.retryAfter = .milliseconds(11_400)
            var reason = BreakerReason.manyFailures
            reason.instances = [
                InstanceShare(instance: "api-7", calls: 3, failures: 2, slow: 3, share: 0.667),
                InstanceShare(instance: "api-1", calls: 1, failures: 0, slow: 0, share: 0),
            ]
            $0.lastTrip = .init(reason: reason, at: WallTime(unixMilliseconds: 1_760_000_000_000))
            $0.refusedInstances = [RefusedShare(instance: "api-2", rejected: 1_204, share: 0.61)]
        }
        let report = StatusReport(
            status: status, opening: Opening(status.lastTrip),
            sources: ["failure_rate": .init(source: .operator, match: "pay*")],
            clock: Self.clock)
        let lines = report.lines(on: Screen(width: nil, colour: false, shapes: true)).map(\.plain)
        #expect(lines[0] == "payments  ● open  generation 41")
        #expect(lines[1].hasPrefix("open for 12 s more: 37 of 52 calls failed"))
        #expect(lines.contains { $0.hasPrefix("  failure_rate") && $0.hasSuffix("operator, for pay*") })
        #expect(lines.contains { $0.contains("last opened") && $0.contains("2025-10-09 08:53:20") })
        #expect(lines.contains("Instances behind the opening at 2025-10-09 08:53:20"))
        #expect(lines.contains { $0.hasSuffix("66.7 % of failures: 2 of its 3 calls") })
        #expect(lines.contains { $0.hasSuffix("0 % of failures: none of its 1 call") })
        #expect(lines.contains { $0.hasPrefix("  api-2") && $0.hasSuffix("61 % of refused calls: 1,204") })
    }

    @Test func `Instances whose calls are slow, and none fails, are named by their slow calls`() throws {
        let status = BreakerStatus.sample(.closed) {
            $0.instances = [InstanceShare(instance: "api-7", calls: 3, failures: 0, slow: 2, share: 1)]
        }
        let words = try #require(InstanceWords(status, nil, clock: Self.clock))
        #expect(words.title == "Instances in trouble")
        #expect(words.words(of: status.instances[0]) == "100 % of slow calls: 2 of its 3 calls")
        #expect(InstanceWords(BreakerStatus.sample(.closed) { _ in }, nil, clock: Self.clock) == nil)
    }
}
