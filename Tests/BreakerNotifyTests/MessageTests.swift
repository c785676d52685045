import BreakerCore
import BreakerServer
import BreakerStore
import BreakerWire
import NIOCore
import Testing

@testable import BreakerNotify

@Suite("What a notifier sends")
struct MessageTests {
    private static func settings(
        _ form: NotifierSettings.Form = .webhook, match: String = "*",
        kinds: Set<NotifierSettings.Kind>? = nil, page: String? = nil
    ) -> NotifierSettings {
        var settings = NotifierSettings(name: "ops")
        settings.form = form
        settings.match = Glob(match).map { [$0] } ?? []
        if let kinds { settings.kinds = kinds }
        settings.page = page
        return settings
    }

    private static func event(
        _ kind: HistoryEvent.Kind, _ breaker: String = "pay", to state: BreakerState? = nil,
        mode: String? = nil, note: String? = nil, id: Int64 = 1
    ) -> HistoryEvent {
        var event = HistoryEvent(kind, of: .breaker(breaker), atMilliseconds: 1_760_000_000_123)
        (event.to, event.mode, event.note, event.eventID) = (state, mode, note, id)
        return event
    }

    private static func message(
        _ settings: NotifierSettings, _ events: [HistoryEvent], missed: Int64 = 0
    ) -> Message {
        Message(
            settings, identity: "00ff", NotifierCursor(name: "ops", delivered: 6), through: 9,
            events: events, missed: missed)
    }

    private static func text(_ message: Message, open: Int = 0) -> String {
        String(buffer: message.body(open: open))
    }

    @Test(
        "Each event is of a kind",
        arguments: [
            (event(.transition, to: .open), .opened), (event(.transition, to: .halfOpen), .halfOpen),
            (event(.transition, to: .closed), .closed), (event(.trip, to: .open), .tripped),
            (event(.reset, to: .closed), .reset), (event(.override, to: .open, mode: "open"), .forced),
            (event(.override, to: .halfOpen, mode: "auto"), .auto), (event(.policySet), .policy),
            (event(.policyDelete), .policy), (event(.forgotten), nil),
        ] as [(HistoryEvent, NotifierSettings.Kind?)])
    func kinds(event: HistoryEvent, kind: NotifierSettings.Kind?) {
        #expect(event.told == kind)
        guard let kind else { return }
        #expect(Message.isWanted(event, by: Self.settings(kinds: [kind])))
        let others = Set(NotifierSettings.Kind.allCases).subtracting([kind])
        #expect(!Message.isWanted(event, by: Self.settings(kinds: others)))
        #expect(!Message.isWanted(event, by: Self.settings(match: "stock*", kinds: [kind])))
    }

    @Test("The key names the database, the notifier and the events it goes over")
    func key() {
        let message = Self.message(Self.settings(), [Self.event(.trip, to: .open)])
        #expect(message.key == "00ff-ops-7-9")
        #expect(
            Self.text(message).hasPrefix(#"{"key":"00ff-ops-7-9","notifier":"ops","at_ms":1760000000123,"#))
    }

    @Test("Slack's three characters are escaped, and nothing else")
    func escaping() {
        #expect(Message.escaped("a < b & c > *d* `e` ä") == "a &lt; b &amp; c &gt; *d* `e` ä")
    }

    @Test("Many events are counted by kind, the first twenty spelled out")
    func many() {
        let events = (1...500).map { Self.event(.transition, "s-\($0)", to: .open, id: Int64($0)) }
        let message = Self.message(Self.settings(.slack), events + [Self.event(.reset)], missed: 3)
        #expect(message.summary == "breakerd: 500 opened, 1 reset")
        let text = Self.text(message)
        #expect(text.contains("s-20 opened") && !text.contains("s-21 opened"))
        #expect(text.contains("and 481 more; 3 earlier ones are no longer in the history"))
    }

    @Test("The longest notes keep Slack's and PagerDuty's limits")
    func long() throws {
        let events = (1...20).map { number in
            Self.event(
                .override, String(repeating: "n", count: 128), to: .open, mode: "open",
                note: String(repeating: "<", count: 512), id: Int64(number))
        }
        let slack = Self.text(Self.message(Self.settings(.slack, page: "http://ops"), events))
        for line in slack.split(separator: "\\n") { #expect(line.utf16.count < 3_000) }
        let one = Self.text(Self.message(Self.settings(.pagerduty), [events[0]]), open: 1)
        let summary = try #require(one.firstRange(of: #""summary":""#))
        let rest = one[summary.upperBound...]
        #expect(rest[..<(try #require(rest.firstIndex(of: "\"")))].utf16.count <= 1_024)
    }

    @Test(
        "PagerDuty's alert is there while any breaker is open", arguments: [(2, "trigger"), (0, "resolve")])
    func alert(open: Int, action: String) {
        let message = Self.message(Self.settings(.pagerduty), [Self.event(.transition, to: .open)])
        let text = Self.text(message, open: open)
        #expect(text.contains(#""event_action":"\#(action)","dedup_key":"breakerd/00ff/ops""#))
        #expect(text.contains(#""timestamp":"2025-10-09T08:53:20.123Z""#))
    }

    @Test("A link leads to the breaker's page, whatever its name")
    func link() {
        let event = Self.event(.trip, "a/b:c@d.e", to: .open)
        let message = Self.message(Self.settings(page: "https://ops/breakers"), [event])
        #expect(Self.text(message).contains(#""link":"https://ops/breakers/#/breaker/a%2Fb%3Ac%40d.e""#))
    }
}

@Suite("Waiting between attempts")
struct BackoffTests {
    @Test("One second, doubled up to a minute, spread by a fifth")
    func backoff() {
        var backoff = Backoff()
        let waits = (0..<8).map { _ in backoff.next(spread: 1) }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
        for _ in 0..<100 {
            var fresh = Backoff()
            #expect((Duration.milliseconds(800)...(.milliseconds(1_200))).contains(fresh.next()))
        }
    }
}
