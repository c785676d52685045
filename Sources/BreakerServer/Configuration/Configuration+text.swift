import BreakerCore
import Logging

extension Configuration {
    /// A key's value as it would be written in the file, on one line.
    package func text(of key: ConfigurationKey) -> String {
        switch key {
        case .listen: Configuration.text(ofEndpoints: self.listeners.tcp)
        case .unixSocket: self.listeners.unixSocket?.path ?? "none"
        case .unixSocketMode: Configuration.text(ofMode: self.listeners.unixSocket?.mode)
        case .http: self.http.map { "\($0.endpoint)" } ?? "none"
        // A secret is not printed.
        case .httpToken: self.http?.token == nil ? "none" : "set"
        case .httpHosts: Configuration.text(ofNames: self.http?.hosts ?? [])
        case .httpTraceURL: self.http?.traceURL ?? "none"
        case .telemetry: self.telemetry ?? "none"
        case .database: self.database.description
        case .onCorrupt: self.onCorrupt.rawValue
        case .logLevel: self.log.level.rawValue
        case .logFormat: self.log.format.rawValue
        case .eventLoops: "\(self.eventLoops)"
        case .heartbeat: "\(Interval.milliseconds(Int64(self.heartbeatMs)))"
        case .manualClock: "\(self.manualClock)"
        case .limit(let name): "\(self.limits[name])"
        }
    }

    /// The keys whose new value a running daemon cannot take: it keeps the old one until it is started again.
    package static func changesNeedingRestart(
        from old: Configuration, to new: Configuration
    ) -> [ConfigurationKey] {
        ConfigurationKey.all.filter { !$0.isReloadable && old.text(of: $0) != new.text(of: $0) }
    }

    private static func text(ofEndpoints endpoints: [TCPEndpoint]) -> String {
        switch endpoints.count {
        case 0: "none"
        case 1: endpoints[0].description
        default: "[\(endpoints.map { "\"\($0)\"" }.joined(separator: ", "))]"
        }
    }

    private static func text(ofNames names: [String]) -> String {
        names.isEmpty ? "none" : "[\(names.map { "\"\($0)\"" }.joined(separator: ", "))]"
    }

    /// Four octal digits; a dash without a socket.
    private static func text(ofMode mode: Int?) -> String {
        guard let mode else { return "-" }
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}

extension PolicyValue {
    /// As YAML would write it.
    var text: String {
        switch self {
        case .off: "null"
        case .flag(let flag): "\(flag)"
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .text(let text): text
        }
    }
}
