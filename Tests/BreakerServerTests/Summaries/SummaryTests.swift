import BreakerCore
import BreakerStore
import Testing

@testable import BreakerServer

@Suite("Summaries")
struct SummaryTests {
    private func event(
        _ name: String, at: Int64, from: BreakerState, to: BreakerState,
        kind: HistoryEvent.Kind = .transition
    ) -> HistoryEvent {
        var event = HistoryEvent(kind, of: .breaker(name), atMilliseconds: at)
        (event.from, event.to) = (from, to)
        return event
    }

    private func minute(_ name: String, at: Int64, failures: UInt64 = 0, p99: Double? = nil) -> Minute {
        var minute = Minute(of: name, atMilliseconds: at)
        minute.calls.failure = failures
        minute.p99 = p99
        return minute
    }

    @Test(
        "Steps divide a span into at most 97, each a whole number of minutes",
        arguments: [0, 1, 59_999, 60_000, 95 * 60_000, 96 * 60_000, 86_400_000, 30 * 86_400_000])
    func steps(length: Int64) throws {
        let span = Summary.Span(from: 619_999, until: 619_999 + length)
        let summary = Summary.Builder(span) { _ in true }.summary(limit: 1)
        #expect(span.step % 60_000 == 0)
        #expect((1...97).contains(summary.steps.count))
        #expect(summary.steps.count > 48 || span.step == 60_000)
        #expect(summary.steps.first?.atMilliseconds == 600_000)
        let last = try #require(summary.steps.last).atMilliseconds
        #expect((last..<last + span.step).contains(span.until))
    }

    @Test("Calls add up by breaker, by step and over all; of 99th percentiles the highest counts")
    func calls() {
        let span = Summary.Span(from: 60_001, until: 240_000)
        var builder = Summary.Builder(span) { $0 != "other" }
        builder.add(self.minute("a", at: 60_000, failures: 3, p99: 12))
        builder.add(self.minute("b", at: 60_000, failures: 4))
        builder.add(self.minute("a", at: 240_000, failures: 5, p99: 40))
        builder.add(self.minute("other", at: 120_000, failures: 9))
        let summary = builder.summary(limit: 1)
        #expect(summary.steps.map(\.calls.failure) == [7, 0, 0, 5])
        #expect(summary.calls.failure == 12)
        #expect((summary.count, summary.breakers.map(\.name)) == (2, ["a"]))
        #expect(summary.breakers[0].calls.failure == 8)
        #expect(summary.breakers[0].p99 == 40)
    }

    @Test("A trip is a change from closed to open, by a rule or by trip, inside the span")
    func trips() {
        var builder = Summary.Builder(Summary.Span(from: 1_000, until: 2_000)) { _ in true }
        builder.add(self.event("a", at: 2_001, from: .closed, to: .open))
        builder.add(self.event("a", at: 2_000, from: .closed, to: .open, kind: .trip))
        builder.add(self.event("a", at: 1_900, from: .closed, to: .open, kind: .override))
        builder.add(self.event("a", at: 1_800, from: .halfOpen, to: .open))
        builder.add(self.event("a", at: 1_000, from: .closed, to: .open))
        let summary = builder.summary(limit: 9)
        #expect(summary.trips == 2)
        #expect(summary.breakers.map(\.trips) == [2])
        #expect(summary.breakers.first?.lastTrip?.atMilliseconds == 2_000)
        #expect(summary.steps.map(\.trips) == [2])
    }

    @Test("The worst come first: by time open, trips, refusals, failures, name")
    func order() {
        var builder = Summary.Builder(Summary.Span(from: 0, until: 100)) { _ in true }
        builder.add(openNow: "open", since: 40)
        builder.add(self.event("tripped", at: 100, from: .closed, to: .open))
        for (name, rejected, timeouts) in [("f", 0, 0), ("e", 0, 0), ("d", 0, 2), ("c", 1, 0)] {
            var minute = self.minute(name, at: 0)
            (minute.calls.rejected, minute.calls.timeout) = (UInt64(rejected), UInt64(timeouts))
            builder.add(minute)
        }
        #expect(builder.summary(limit: 9).breakers.map(\.name) == ["open", "tripped", "c", "d", "e", "f"])
    }

    @Test("Time open is what a look at every millisecond finds", arguments: 0..<40)
    func openTime(round: UInt64) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(state: seed &+ round)
        let states: [BreakerState] = [.closed, .open, .halfOpen]
        // The states of one breaker, millisecond by millisecond; what happened after the span counts too.
        let (length, span) = (400, Summary.Span(from: 100, until: 300))
        var now = states.randomElement(using: &random)!
        let first = now
        var timeline: [BreakerState] = []
        var events: [HistoryEvent] = []
        for millisecond in 0..<length {
            if Int.random(in: 0..<60, using: &random) == 0 {
                let next = states.randomElement(using: &random)!
                events.append(self.event("a", at: Int64(millisecond), from: now, to: next))
                now = next
            }
            timeline.append(now)
        }
        var builder = Summary.Builder(span) { _ in true }
        // As the history gives them: the newest first, none from before the span.
        for event in events.reversed() where event.atMilliseconds >= span.from { builder.add(event) }
        if now == .open {
            let since = events.last.map(\.atMilliseconds) ?? (first == .open ? -1_000 : 0)
            builder.add(openNow: "a", since: since)
        }
        let expected = timeline[100..<300].count { $0 == .open }
        let summary = builder.summary(limit: 1)
        #expect(summary.open == Int64(expected), "seed \(seed), round \(round)")
    }
}
