import BreakerCore
import BreakerServer
import BreakerStore
import BreakerWire

/// Transitions as an `ExportLogsServiceRequest`: a record for each, with the reason in its attributes.
struct LogsRequest: OTLPRequest {
    static let lists: (resources: StaticString, scopes: StaticString) = ("resourceLogs", "scopeLogs")

    /// `SEVERITY_NUMBER_…` and its text.
    private struct Severity {
        let number: UInt64
        let text: String

        static let info = Severity(number: 9, text: "INFO")
        static let warn = Severity(number: 13, text: "WARN")
        static let error = Severity(number: 17, text: "ERROR")
    }

    private enum Item {
        case missed(UInt64)
        case state(StateView, of: String)
    }

    private let items: [Item]
    private let anchor: ClockAnchor
    private let limits: TelemetrySettings.AttributeLimits

    /// - Parameter missed: changes before these that could not be told; 0: none.
    init(
        _ changes: [Change], missed: UInt64, at anchor: ClockAnchor,
        limits: TelemetrySettings.AttributeLimits
    ) {
        self.items =
            (missed > 0 ? [.missed(missed)] : [])
            + changes.compactMap { change in
                if case .state(let state) = change.kind { .state(state, of: change.breaker) } else { nil }
            }
        self.anchor = anchor
        self.limits = limits
    }

    func items(to scope: inout some MessageWriter) {
        let observed = LogsRequest.nanoseconds(self.anchor.wallMilliseconds)
        scope.messages(2, "logRecords", self.items) { record, item in
            record.fixed(11, "observedTimeUnixNano", observed)
            switch item {
            case .missed(let count): self.write(missed: count, to: &record)
            case .state(let state, let breaker): self.write(state, of: breaker, to: &record)
            }
        }
    }

    private func write(_ state: StateView, of breaker: String, to record: inout some MessageWriter) {
        record.fixed(1, "timeUnixNano", LogsRequest.nanoseconds(self.anchor.wall(state.since)))
        let forced = state.override.map { ", forced \($0.mode.rawValue)" } ?? ""
        self.head(
            "breakerd.breaker.changed", LogsRequest.severity(of: state),
            "\(breaker) is \(state.state.rawValue)\(forced)", to: &record)
        if let latest = state.reason?.traces.first { record.identifier(9, "traceId", latest.bytes) }
        self.attributes(LogsRequest.attributes(of: state, of: breaker), to: &record)
    }

    private func write(missed: UInt64, to record: inout some MessageWriter) {
        self.head("breakerd.changes.missed", .warn, "\(missed) changes could not be told", to: &record)
        self.attributes(
            [OTLPAttribute("breakerd.missed", .integer(Int64(clamping: missed)))], to: &record)
    }

    private func head(
        _ event: String, _ severity: Severity, _ body: String, to record: inout some MessageWriter
    ) {
        record.enumeration(2, "severityNumber", severity.number)
        record.string(3, "severityText", severity.text)
        record.message(5, "body") { $0.value(.text(body)) }
        record.string(12, "eventName", event)
    }

    private func attributes(_ all: [OTLPAttribute], to record: inout some MessageWriter) {
        let kept = all.prefix(self.limits.count)
        record.attributes(
            6, kept.map { OTLPAttribute($0.key, $0.value.cut(at: self.limits.valueLength)) })
        if kept.count < all.count {
            record.small(7, "droppedAttributesCount", UInt32(all.count - kept.count))
        }
    }

    private static func attributes(of state: StateView, of breaker: String) -> [OTLPAttribute] {
        var attributes = [
            OTLPAttribute("breakerd.breaker", .text(breaker)),
            OTLPAttribute("breakerd.state", .text(state.state.rawValue)),
            OTLPAttribute("breakerd.generation", .integer(Int64(clamping: state.generation))),
        ]
        if let override = state.override {
            attributes.append(OTLPAttribute("breakerd.override", .text(override.mode.rawValue)))
        }
        for member in state.reason?.json.members ?? [] {
            attributes.append(OTLPAttribute("breakerd.reason.\(member.key)", self.value(member.value)))
        }
        return attributes
    }

    /// What an operator did is no error.
    private static func severity(of state: StateView) -> Severity {
        if state.override != nil { return .warn }
        return state.state == .open ? .error : .info
    }

    private static func nanoseconds(_ wallMilliseconds: Int64) -> UInt64 {
        UInt64(clamping: wallMilliseconds) * 1_000_000
    }

    private static func value(_ json: JSONValue) -> OTLPAttribute.Value {
        switch json {
        case .string(let text): .text(text)
        case .integer(let number): .integer(number)
        case .number(let number): .number(number)
        case .array(let values): .texts(values.compactMap(self.text))
        case _: .text(json.description)
        }
    }

    /// Of a list's element; an instance goes by its name.
    private static func text(_ element: JSONValue) -> String? {
        switch element {
        case .string(let text): text
        case .object(let object): object.text("instance")
        case _: nil
        }
    }
}
