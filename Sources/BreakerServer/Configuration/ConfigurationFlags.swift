/// What the command line sets, as it was written; nil: not given. The loader checks it like every other
/// source.
package struct ConfigurationFlags: Hashable, Sendable {
    /// `--config`: the file to read.
    package var config: String?
    /// `--listen`, once for each time it was given; an element may hold several, separated by commas.
    package var listen: [String]?
    package var unixSocket: String?
    package var http: String?
    package var database: String?
    package var onCorrupt: String?
    package var logLevel: String?
    package var logFormat: String?
    package var eventLoops: String?
    package var manualClock: Bool?

    package init() {}

    /// The flag of a key with what it was given; nil where it was not, or has none.
    func written(_ key: ConfigurationKey) -> (flag: String, value: WrittenValue)? {
        switch key {
        case .listen:
            self.listen.map { ("--listen", WrittenValue(commaSeparated: $0.joined(separator: ","))) }
        case .unixSocket: self.unixSocket.map { ("--unix-socket", WrittenValue(plain: $0)) }
        case .http: self.http.map { ("--http", WrittenValue(plain: $0)) }
        case .database: self.database.map { ("--database", WrittenValue(plain: $0)) }
        case .onCorrupt: self.onCorrupt.map { ("--on-corrupt", WrittenValue(plain: $0)) }
        case .logLevel: self.logLevel.map { ("--log-level", WrittenValue(plain: $0)) }
        case .logFormat: self.logFormat.map { ("--log-format", WrittenValue(plain: $0)) }
        case .eventLoops: self.eventLoops.map { ("--event-loops", WrittenValue(plain: $0)) }
        case .manualClock: self.manualClock.map { ("--manual-clock", WrittenValue(plain: "\($0)")) }
        case .unixSocketMode, .httpToken, .httpHosts, .httpTraceURL, .telemetry, .heartbeat, .limit: nil
        }
    }
}
