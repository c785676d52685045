import BreakerCore
import BreakerServer
import Foundation
import Testing

extension ConfigurationTests {
    @Suite("Its sources") struct Precedence {
        /// A key with four different values: file, environment, flag, and how each shows.
        struct Case: Sendable {
            let key: ConfigurationKey
            let yaml: String
            let environment: String
            let flag: any WritableKeyPath<ConfigurationFlags, String?> & Sendable
        }

        static let cases: [Case] = [
            Case(key: .unixSocket, yaml: "unix_socket: /f", environment: "/e", flag: \.unixSocket),
            Case(key: .database, yaml: "database: /f", environment: "/e", flag: \.database),
            Case(key: .logLevel, yaml: "log: {level: debug}", environment: "error", flag: \.logLevel),
            Case(key: .logFormat, yaml: "log: {format: text}", environment: "json", flag: \.logFormat),
            Case(key: .eventLoops, yaml: "event_loops: 11", environment: "12", flag: \.eventLoops),
            Case(key: .onCorrupt, yaml: "on_corrupt: refuse", environment: "quarantine", flag: \.onCorrupt),
        ]

        private func flagValue(of key: ConfigurationKey) -> String {
            switch key {
            case .logLevel: "trace"
            case .logFormat: "auto"
            case .eventLoops: "13"
            case .onCorrupt: "refuse"
            default: "/flag"
            }
        }

        @Test(arguments: cases)
        func `a flag beats the environment, which beats the file`(row: Case) throws {
            let name = try #require(row.key.environmentName)
            let environment = [name: row.environment]
            var flags = ConfigurationFlags()
            flags[keyPath: row.flag] = self.flagValue(of: row.key)

            let all = try Sources.load(row.yaml, environment: environment, flags: flags)
            #expect(all.configuration.text(of: row.key) == self.flagValue(of: row.key))
            let expected = "flag --\(row.key.name.replacing(".", with: "-").replacing("_", with: "-"))"
            #expect(all.origin(of: row.key.name).description == expected)

            let two = try Sources.load(row.yaml, environment: environment)
            #expect(two.configuration.text(of: row.key) == row.environment)
            #expect(two.origin(of: row.key.name) == .environment(name))

            let one = try Sources.load(row.yaml)
            #expect(one.origin(of: row.key.name).description.hasSuffix("test.yaml:1"))
            #expect(row.yaml.contains(one.configuration.text(of: row.key)))
        }

        @Test func `listen has lists in every source`() throws {
            let yaml = "listen: [a:1, b:1]"
            let environment = ["BREAKERD_LISTEN": "c:1, d:1"]
            var flags = ConfigurationFlags()
            flags.listen = ["e:1", "f:1,g:1"]
            let hosts = { (loaded: LoadedConfiguration) in loaded.configuration.listeners.tcp.map(\.host) }
            #expect(try hosts(Sources.load(yaml)) == ["a", "b"])
            #expect(try hosts(Sources.load(yaml, environment: environment)) == ["c", "d"])
            #expect(try hosts(Sources.load(yaml, environment: environment, flags: flags)) == ["e", "f", "g"])
        }

        @Test func `the file's mode holds for a flag's socket`() throws {
            var flags = ConfigurationFlags()
            flags.unixSocket = "/s"
            let loaded = try Sources.load("unix_socket: {path: none, mode: 0600}", flags: flags)
            #expect(loaded.configuration.listeners.unixSocket == UnixSocket(path: "/s", mode: 0o600))
        }

        @Test func `the manual clock is a flag's alone`() throws {
            var flags = ConfigurationFlags()
            flags.manualClock = true
            let loaded = try Sources.load(flags: flags)
            #expect(loaded.configuration.manualClock)
            #expect(loaded.origin(of: "manual_clock") == .flag("--manual-clock"))
        }

        @Test func `the environment names the file where no flag does`() throws {
            try Sources.withFile(Data("event_loops: 7\n".utf8)) { path in
                let loaded = try Sources.load(environment: ["BREAKERD_CONFIG": path])
                #expect(loaded.configuration.eventLoops == 7)
            }
            #expect(ConfigurationLoader(environment: ["BREAKERD_CONFIG": ""]).file == nil)
        }

        @Test func `an empty or foreign variable sets nothing`() throws {
            let environment = [
                "BREAKERD_LISTEN": "", "BREAKERD_SERVICE_HOST": "10.0.0.1", "BREAKERD_PORT": "tcp://x",
                "BREAKERD_URL": "unix:/x",
            ]
            #expect(try Sources.load(environment: environment).origins.isEmpty)
        }

        @Test func `a wrong variable and a wrong flag are named`() throws {
            var flags = ConfigurationFlags()
            flags.eventLoops = "x"
            let usage = #expect(throws: ConfigurationError.self) { try Sources.load(flags: flags) }
            #expect(usage?.isUsage == true)
            #expect(usage?.description.hasPrefix("flag --event-loops: must be an integer") == true)
            let environment = ["BREAKERD_LOG_FORMAT": "xml"]
            let both = #expect(throws: ConfigurationError.self) {
                try Sources.load("lissten: 1\n", environment: environment, flags: flags)
            }
            #expect(both?.isUsage == false)
            let lines = try #require(both?.problems.map(\.description))
            #expect(lines.count == 3)
            #expect(lines[0].hasSuffix("lissten: unknown key; did you mean \"listen\"?"))
            #expect(lines[1] == "environment BREAKERD_LOG_FORMAT: must be auto, text or json; found \"xml\"")
            #expect(lines[2].hasPrefix("flag --event-loops: "))
        }

        @Test func `a value that a stronger source replaces is checked too`() throws {
            var flags = ConfigurationFlags()
            flags.eventLoops = "2"
            #expect(throws: ConfigurationError.self) { try Sources.load("event_loops: many", flags: flags) }
        }
    }
}
