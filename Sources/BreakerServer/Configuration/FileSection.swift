/// The names a mapping of the configuration file may hold, and what each stands for.
struct FileSection {
    /// What a name stands for.
    indirect enum Meaning {
        case key(ConfigurationKey)
        case section(FileSection)
        /// A key that has a longer form: its value alone, or a mapping.
        case either(ConfigurationKey, FileSection)
        /// The list of policy rules.
        case rules
        /// The list of notifiers.
        case notifiers
    }

    private let entries: [(name: String, meaning: Meaning)]

    /// In the order messages list them.
    var names: [String] { self.entries.map(\.name) }

    func meaning(of name: String) -> Meaning? {
        self.entries.first { $0.name == name }?.meaning
    }

    /// The whole file.
    static var root: FileSection {
        FileSection(entries: [
            ("listen", .key(.listen)),
            ("unix_socket", .either(.unixSocket, self.unixSocket)),
            ("http", .either(.http, self.http)),
            ("telemetry", .key(.telemetry)),
            ("database", .key(.database)),
            ("on_corrupt", .key(.onCorrupt)),
            ("log", .section(self.log)),
            ("event_loops", .key(.eventLoops)),
            ("heartbeat", .key(.heartbeat)),
            ("limits", .section(self.limits)),
            ("policies", .rules),
            ("notifiers", .notifiers),
        ])
    }

    private static var unixSocket: FileSection {
        FileSection(entries: [("path", .key(.unixSocket)), ("mode", .key(.unixSocketMode))])
    }

    private static var http: FileSection {
        FileSection(entries: [
            ("listen", .key(.http)), ("token", .key(.httpToken)), ("hosts", .key(.httpHosts)),
            ("trace_url", .key(.httpTraceURL)),
        ])
    }

    private static var log: FileSection {
        FileSection(entries: [("level", .key(.logLevel)), ("format", .key(.logFormat))])
    }

    private static var limits: FileSection {
        FileSection(entries: Limits.Name.allCases.map { ($0.rawValue, .key(.limit($0))) })
    }
}
