import Logging

/// Every event that a client logs. People search for the names and build alarms on them: they are added to,
/// never renamed. The article "Observing" of the documentation says what each means.
package enum ClientLogEvent: String, CaseIterable, Sendable {
    case connected
    case connectionLost = "connection_lost"
    case connectFailed = "connect_failed"
    case unresponsive
    case responsive
    case mirrorDistrusted = "mirror_distrusted"
    case mirrorTrusted = "mirror_trusted"
    case stateChanged = "state_changed"
    case outcomesDropped = "outcomes_dropped"
    case nameInvalid = "name_invalid"
    case policyFieldIgnored = "policy_field_ignored"
    case declareRefused = "declare_refused"
    case policyUnknown = "policy_unknown"
    case watchRefused = "watch_refused"
    case requestRefused = "request_refused"
}

extension Logger {
    /// Logs an event: its name is the message, and everything else is metadata.
    func log(
        _ event: ClientLogEvent, at level: Level, _ metadata: @autoclosure () -> Metadata = [:],
        file: String = #fileID, function: String = #function, line: UInt = #line
    ) {
        self.log(
            level: level, "\(event.rawValue)", metadata: metadata(), file: file, function: function,
            line: line)
    }
}
