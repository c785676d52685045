import BreakerCore
import BreakerServer
import BreakerStore
import BreakerWire

/// Transitions as an `ExportLogsServiceRequest`: a record for each, with the reason in its attributes.
enum LogsRequest {
    /// `SEVERITY_NUMBER_…` and its text.
    private struct Severity {
        let number: UInt64
        let text: String

        static let info = Severity(number: 9, text: "INFO")
        static let warn = Severity(number: 13, text: "WARN")
        static let error = Severity(number: 17, text: "ERROR")
    }

    /// - Parameter missed: changes before these that could not be told; 0: none.
    static func bytes(
        _ changes: [Change], missed: UInt64, _ resource: [TelemetrySettings.Attribute],
        at anchor: ClockAnchor
    ) -> [UInt8] {
        let observed = UInt64(clamping: anchor.wallMilliseconds) * 1_000_000
        return OTLPRequest.bytes(resource, items: 2) { scope in
            if missed > 0 {
                scope.message(2) { self.write(missed: missed, observed, to: &$0) }
            }
            for change in changes {
                guard case .state(let state) = change.kind else { continue }
                scope.message(2) { record in
                    record.fixed(1, UInt64(clamping: anchor.wall(state.since)) * 1_000_000)
                    record.fixed(11, observed)
                    self.write(state, of: change.breaker, to: &record)
                }
            }
        }
    }

    private static func write(_ state: StateView, of breaker: String, to record: inout ProtobufWriter) {
        let severity = self.severity(of: state)
        record.varint(2, severity.number)
        record.string(3, severity.text)
        record.string(12, "breakerd.breaker.changed")
        let forced = state.override.map { ", forced \($0.mode.rawValue)" } ?? ""
        record.value(5, .text("\(breaker) is \(state.state.rawValue)\(forced)"))
        record.attribute(6, "breakerd.breaker", .text(breaker))
        record.attribute(6, "breakerd.state", .text(state.state.rawValue))
        record.attribute(6, "breakerd.generation", .integer(Int64(clamping: state.generation)))
        if let override = state.override {
            record.attribute(6, "breakerd.override", .text(override.mode.rawValue))
        }
        if let latest = state.reason?.traces.first { record.bytes(9, latest.bytes) }
        for member in state.reason?.json.members ?? [] {
            record.attribute(6, "breakerd.reason.\(member.key)", self.value(member.value))
        }
    }

    private static func write(missed: UInt64, _ observed: UInt64, to record: inout ProtobufWriter) {
        record.fixed(11, observed)
        record.varint(2, Severity.warn.number)
        record.string(3, Severity.warn.text)
        record.string(12, "breakerd.changes.missed")
        record.value(5, .text("\(missed) changes could not be told"))
        record.attribute(6, "breakerd.missed", .integer(Int64(clamping: missed)))
    }

    /// What an operator did is no error.
    private static func severity(of state: StateView) -> Severity {
        if state.override != nil { return .warn }
        return state.state == .open ? .error : .info
    }

    private static func value(_ json: JSONValue) -> OTLPRequest.Value {
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
