// What is sent. The same events make the same message at each attempt, after a restart too.

import BreakerCore
import BreakerServer
import BreakerStore
import BreakerWire
import NIOCore

/// Events that are told at once, to one notifier.
struct Message {
    /// Events that are spelled out for people; the rest is counted.
    static let spelledOut = 20

    let settings: NotifierSettings
    /// Of the database: tells daemons apart.
    let identity: String
    let key: String
    /// One at least, ascending.
    let events: [HistoryEvent]
    /// Events before them that the history no longer holds.
    let missed: Int64

    init(
        _ settings: NotifierSettings, identity: String, _ cursor: NotifierCursor, through: Int64,
        events: [HistoryEvent], missed: Int64
    ) {
        (self.settings, self.identity, self.events, self.missed) = (settings, identity, events, missed)
        self.key = "\(identity)-\(settings.name)-\(cursor.delivered + 1)-\(through)"
    }

    /// Whether an event is for this notifier.
    static func isWanted(_ event: HistoryEvent, by settings: NotifierSettings) -> Bool {
        guard let kind = event.told, settings.kinds.contains(kind) else { return false }
        return settings.match.contains { $0.matches(event.subjectName) }
    }

    /// - Parameter open: how many of the notifier's breakers are open now.
    func body(open: Int) -> ByteBuffer {
        var buffer = ByteBuffer()
        switch self.settings.form {
        case .webhook: self.write(to: &buffer)
        case .slack: self.slack.write(to: &buffer)
        case .pagerduty: self.pagerduty(open: open).write(to: &buffer)
        }
        return buffer
    }

    private func write(to buffer: inout ByteBuffer) {
        buffer.writeJSONObject { body in
            body.field("key", self.key)
            body.field("notifier", self.settings.name)
            body.field("at_ms", self.events.last?.atMilliseconds ?? 0)
            body.field("missed", self.missed)
            body.array("events") { list in
                for event in self.events {
                    list.element(object: { member in
                        member.fields(of: event)
                        member.field("told", event.told?.rawValue)
                        member.field("sentence", event.sentence)
                        member.field("link", self.link(to: event))
                    })
                }
            }
        }
    }

    // MARK: For people

    /// In a line: the one sentence, or how many of each kind.
    var summary: String {
        if self.events.count == 1, let only = self.events.first { return only.sentence }
        let counts = NotifierSettings.Kind.allCases.compactMap { kind in
            let count = self.events.count { $0.told == kind }
            return count == 0 ? nil : "\(count) \(Message.words(kind))"
        }
        return "breakerd: " + counts.joined(separator: ", ")
    }

    private static func words(_ kind: NotifierSettings.Kind) -> String {
        switch kind {
        case .halfOpen: "half-open"
        case .auto: "no longer forced"
        case .policy: "rules changed"
        case .opened, .closed, .forced, .tripped, .reset: kind.rawValue
        }
    }

    /// What is left out after so many that are spelled out; nil: nothing.
    private func rest(after count: Int) -> String? {
        var parts: [String] = []
        if self.events.count > count { parts.append("and \(self.events.count - count) more") }
        if self.missed > 0 { parts.append("\(self.missed) earlier ones are no longer in the history") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    private func link(to event: HistoryEvent) -> String? {
        guard let page = self.settings.page, case .breaker(let name) = event.subject else { return nil }
        let path = name.utf8.map { byte in
            let isPlain = byte != 0x2f && byte != 0x3a && byte != 0x40
            return isPlain ? String(UnicodeScalar(byte)) : "%" + String(byte, radix: 16, uppercase: true)
        }.joined()
        return "\(page.hasSuffix("/") ? page : page + "/")#/breaker/\(path)"
    }

    // MARK: Slack

    /// Of one text in a block; Slack takes 3,000 characters.
    private static let slackText = 2_900
    private static let slackLine = 400

    private var slack: JSONObject {
        var lines: [String] = []
        var (length, spelled) = (0, 0)
        for event in self.events.prefix(Message.spelledOut) {
            let sentence = Message.escaped(String(event.sentence.prefix(Message.slackLine)))
            let line = "• " + (self.link(to: event).map { "\(sentence) (<\($0)|page>)" } ?? sentence)
            guard length + line.utf16.count < Message.slackText else { break }
            length += line.utf16.count + 1
            spelled += 1
            lines.append(line)
        }
        if let rest = self.rest(after: spelled) { lines.append("_\(rest)_") }
        let summary = Message.escaped(String(self.summary.prefix(Message.slackLine)))
        let blocks = [
            Message.section(summary == Message.escaped(self.summary) ? "*\(summary)*" : summary),
            Message.section(lines.joined(separator: "\n")),
        ]
        return ["text": .string(summary), "blocks": .array(blocks)]
    }

    private static func section(_ text: String) -> JSONValue {
        .object(["type": "section", "text": .object(["type": "mrkdwn", "text": .string(text)])])
    }

    /// As Slack wants the three characters that it reads.
    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.append(character)
            }
        }
    }

    // MARK: PagerDuty

    /// Events v2: one alert for a notifier, which is there while any of its breakers is open.
    private func pagerduty(open: Int) -> JSONObject {
        var event = JSONObject()
        event.append("routing_key", .string(self.settings.routingKey))
        event.append("event_action", .string(open > 0 ? "trigger" : "resolve"))
        event.append("dedup_key", .string("breakerd/\(self.identity)/\(self.settings.name)"))
        var payload = JSONObject()
        payload.append("summary", .string(String(self.summary.prefix(1_000))))
        payload.append("source", .string("breakerd/\(self.identity)"))
        payload.append("severity", .string(open > 0 ? "error" : "info"))
        payload.append("timestamp", .string(Timestamp.text(self.events.last?.atMilliseconds ?? 0)))
        if self.events.count == 1, let only = self.events.first {
            payload.append("component", .string(only.subjectName))
        }
        let sentences = self.events.prefix(Message.spelledOut).map { JSONValue.string($0.sentence) }
        var details: JSONObject = ["open_breakers": .integer(Int64(open)), "events": .array(sentences)]
        if let rest = self.rest(after: sentences.count) { details.append("rest", .string(rest)) }
        details.append("key", .string(self.key))
        payload.append("custom_details", .object(details))
        event.append("payload", .object(payload))
        if let page = self.settings.page {
            event.append("links", .array([.object(["href": .string(page), "text": "breakers"])]))
        }
        return event
    }
}
