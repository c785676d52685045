/// The name of one value that can be set. A policy's fields are not among them: rules are a list of their
/// own.
package enum ConfigurationKey: Hashable, Sendable {
    case listen
    case unixSocket
    case unixSocketMode
    case http
    case httpToken
    case httpHosts
    case httpTraceURL
    case telemetry
    case database
    case onCorrupt
    case logLevel
    case logFormat
    case eventLoops
    case heartbeat
    case manualClock
    case limit(Limits.Name)

    /// In the order they are printed.
    package static let all: [ConfigurationKey] =
        [
            .listen, .unixSocket, .unixSocketMode, .http, .httpToken, .httpHosts, .httpTraceURL, .telemetry,
            .database, .onCorrupt, .logLevel, .logFormat, .eventLoops, .heartbeat, .manualClock,
        ] + Limits.Name.allCases.map(ConfigurationKey.limit)

    /// As messages and `--print-config` name it: the path in the file.
    package var name: String {
        switch self {
        case .listen: "listen"
        case .unixSocket: "unix_socket"
        case .unixSocketMode: "unix_socket.mode"
        case .http: "http"
        case .httpToken: "http.token"
        case .httpHosts: "http.hosts"
        case .httpTraceURL: "http.trace_url"
        case .telemetry: "telemetry"
        case .database: "database"
        case .onCorrupt: "on_corrupt"
        case .logLevel: "log.level"
        case .logFormat: "log.format"
        case .eventLoops: "event_loops"
        case .heartbeat: "heartbeat"
        case .manualClock: "manual_clock"
        case .limit(let name): "limits.\(name.rawValue)"
        }
    }

    /// The environment's name for it; nil where only the file sets it, or only a flag.
    package var environmentName: String? {
        switch self {
        case .listen: "BREAKERD_LISTEN"
        case .unixSocket: "BREAKERD_UNIX_SOCKET"
        case .http: "BREAKERD_HTTP"
        case .httpToken: "BREAKERD_HTTP_TOKEN"
        case .httpHosts: "BREAKERD_HTTP_HOSTS"
        case .httpTraceURL: "BREAKERD_HTTP_TRACE_URL"
        case .telemetry: "OTEL_EXPORTER_OTLP_ENDPOINT"
        case .database: "BREAKERD_DATABASE"
        case .onCorrupt: "BREAKERD_ON_CORRUPT"
        case .logLevel: "BREAKERD_LOG_LEVEL"
        case .logFormat: "BREAKERD_LOG_FORMAT"
        case .eventLoops: "BREAKERD_EVENT_LOOPS"
        case .unixSocketMode, .heartbeat, .manualClock, .limit: nil
        }
    }

    /// Whether a running daemon takes a new value. All else is bound, opened, allotted or told to clients
    /// once.
    package var isReloadable: Bool {
        switch self {
        case .logLevel: true
        case .listen, .unixSocket, .unixSocketMode, .http, .httpToken, .httpHosts, .httpTraceURL, .telemetry,
            .database, .onCorrupt, .logFormat, .eventLoops, .heartbeat, .manualClock, .limit:
            false
        }
    }
}
