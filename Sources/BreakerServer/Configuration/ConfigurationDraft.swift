import BreakerCore
import Logging

/// A configuration while it is put together: sources are laid over each other, weakest first, and every value
/// is checked, one that a stronger source replaces too.
struct ConfigurationDraft {
    typealias Problem = ConfigurationError.Problem

    private var configuration = Configuration()
    private var socketPath: String?
    private var socketMode = UnixSocket.defaultMode
    private var httpEndpoint: TCPEndpoint? = HTTPSettings.defaultEndpoint
    private var httpToken: String?
    private var httpHosts: [String] = []
    private var httpTraceURL: String?
    private var isAutomaticEventLoops = true
    private var origins: [String: ConfigurationOrigin] = [:]
    private var problems: [Problem] = []
    private let host: HostFacts

    /// Every key at its default on this host.
    init(host: HostFacts) {
        self.host = host
        self.configuration.eventLoops = ConfigurationDraft.eventLoops(on: host)
        self.socketPath = host.hasRunDirectory ? UnixSocket.defaultPath : nil
    }

    /// One event loop a core, within the range of the key.
    private static let eventLoopRange = 1...256

    private static func eventLoops(on host: HostFacts) -> Int {
        min(max(host.cores, self.eventLoopRange.lowerBound), self.eventLoopRange.upperBound)
    }

    mutating func apply(_ file: ConfigurationFile) {
        self.problems += file.problems
        for setting in file.settings {
            let origin = ConfigurationOrigin.file(file.path, line: setting.line)
            self.set(setting.key, to: setting.value, from: origin, field: setting.field)
        }
        self.configuration.policies = file.rules.map(\.rule)
        for (index, rule) in file.rules.enumerated() {
            self.origins["policies[\(index)].match"] = .file(file.path, line: rule.line)
            for (field, line) in rule.fieldLines {
                self.origins["policies[\(index)].\(field.rawValue)"] = .file(file.path, line: line)
            }
        }
        self.configuration.notifiers = file.notifiers.map(\.settings)
        for (index, notifier) in file.notifiers.enumerated() {
            self.origins["notifiers[\(index)].name"] = .file(file.path, line: notifier.line)
        }
        // The sort is stable by hand: problems of one line stay in the order they were found.
        self.problems = self.problems.enumerated().sorted { left, right in
            (left.element.line, left.offset) < (right.element.line, right.offset)
        }.map(\.element)
    }

    /// Other variables that start alike are not refused: orchestrators set them (`BREAKERD_SERVICE_HOST`),
    /// and an empty one is how they unset one.
    mutating func apply(environment: [String: String]) {
        for key in ConfigurationKey.all {
            guard let name = key.environmentName, let text = environment[name], !text.isEmpty else {
                continue
            }
            let isList = key == .listen || key == .httpHosts
            let value = isList ? WrittenValue(commaSeparated: text) : WrittenValue(plain: text)
            self.set(key, to: value, from: .environment(name))
        }
    }

    mutating func apply(_ flags: ConfigurationFlags) {
        for key in ConfigurationKey.all {
            guard let written = flags.written(key) else { continue }
            self.set(key, to: written.value, from: .flag(written.flag))
        }
    }

    /// The whole, once every source was applied.
    consuming func finish() throws(ConfigurationError) -> LoadedConfiguration {
        let mode = self.socketMode
        self.configuration.listeners.unixSocket = self.socketPath.map { UnixSocket(path: $0, mode: mode) }
        self.configuration.http = self.http
        if self.problems.isEmpty { self.checkTogether() }
        guard self.problems.isEmpty else { throw ConfigurationError(problems: self.problems) }
        return LoadedConfiguration(
            configuration: self.configuration, origins: self.origins,
            isAutomaticEventLoops: self.isAutomaticEventLoops)
    }

    private var http: HTTPSettings? {
        guard let endpoint = self.httpEndpoint else { return nil }
        var settings = HTTPSettings(endpoint: endpoint)
        settings.token = self.httpToken
        settings.hosts = self.httpHosts
        settings.traceURL = self.httpTraceURL
        return settings
    }

    /// What no value alone can say.
    private mutating func checkTogether() {
        if self.configuration.listeners.tcp.isEmpty, self.socketPath == nil {
            let origin = self.origins["listen"] ?? .default
            self.problems.append(
                Problem(
                    at: origin, field: origin.namesKey ? nil : "listen",
                    message: "is none while there is no Unix socket: nobody could connect"))
        }
        let most = self.configuration.limits.policies
        if self.configuration.policies.count > most {
            self.problems.append(
                Problem(
                    at: self.origins["policies[\(most)].match"] ?? .default, field: "policies",
                    message:
                        "holds \(self.configuration.policies.count) rules; limits.policies allows \(most)"))
        }
    }

    private mutating func set(
        _ key: ConfigurationKey, to value: WrittenValue, from origin: ConfigurationOrigin,
        field: String? = nil
    ) {
        do throws(SettingProblem) {
            try self.set(key, SettingReader(value: value))
            self.origins[key.name] = origin
        } catch {
            self.problems.append(Problem(at: origin, field: field, message: error.message))
        }
    }

    private mutating func set(_ key: ConfigurationKey, _ reader: SettingReader) throws(SettingProblem) {
        switch key {
        case .listen: self.configuration.listeners.tcp = try reader.endpoints()
        case .unixSocket: self.socketPath = try reader.socketPath()
        case .unixSocketMode: self.socketMode = try reader.fileMode()
        case .http: self.httpEndpoint = try reader.endpointOrNone()
        case .httpToken: self.httpToken = try reader.token()
        case .httpHosts: self.httpHosts = try reader.hostNames()
        case .httpTraceURL: self.httpTraceURL = try reader.traceURL()
        case .telemetry: self.configuration.telemetry = try reader.url()
        case .database: self.configuration.database = try reader.database()
        case .onCorrupt: self.configuration.onCorrupt = try reader.choice(OnCorrupt.self)
        case .logLevel: self.configuration.log.level = try reader.choice(Logger.Level.self)
        case .logFormat: self.configuration.log.format = try reader.choice(LogSettings.Format.self)
        case .eventLoops:
            self.configuration.eventLoops =
                try reader.isAutomatic
                ? ConfigurationDraft.eventLoops(on: self.host)
                : reader.integer(ConfigurationDraft.eventLoopRange, or: ", or auto: one a core")
            self.isAutomaticEventLoops = reader.isAutomatic
        case .heartbeat:
            self.configuration.heartbeatMs = try reader.milliseconds(.milliseconds(100), .minutes(10))
        case .manualClock: self.configuration.manualClock = try reader.flag()
        case .limit(let name): self.configuration.limits[name] = try reader.integer(name.range)
        }
    }
}

extension ConfigurationError.Problem {
    /// To sort by; a problem with the file as a whole comes first.
    fileprivate var line: Int {
        if case .file(_, line: .some(let line)) = self.origin { return line }
        return 0
    }
}
