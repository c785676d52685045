import BreakerCore
import BreakerServer
import Logging
import Testing

extension ConfigurationTests {
    @Suite("Its values") struct Values {
        @Test(arguments: [
            ("127.0.0.1:2757", ["127.0.0.1:2757"]), ("localhost:0", ["localhost:0"]),
            ("\"[::1]:65535\"", ["[::1]:65535"]), ("\"[fe80::1%eth0]:1\"", ["[fe80::1%eth0]:1"]),
            ("none", []),
            ("[a:1, \"[::]:2\"]", ["a:1", "[::]:2"]), ("[a:0, a:0]", ["a:0", "a:0"]), ("[]", []),
        ])
        func `listen takes addresses`(yaml: String, expected: [String]) throws {
            let tcp = try Sources.load("listen: \(yaml)").configuration.listeners.tcp
            #expect(tcp.map(\.description) == expected)
        }

        @Test func `an IPv6 address loses its brackets inside`() {
            #expect(TCPEndpoint("[::1]:80") == TCPEndpoint(host: "::1", port: 80))
        }

        @Test(arguments: [
            "", "2757", "host", ":2757", "host:", "host:65536", "host:-1", "host:+1", "::1:80", "[]:80",
            "[x:]:80",
            "[::1]", "ho st:1", "host:000001", "hööst:1", "[1.2.3.4]:5", "http://host:80",
        ])
        func `an address that is not HOST and PORT is refused`(text: String) {
            #expect(TCPEndpoint(text) == nil)
        }

        @Test(arguments: [
            ("none", nil), ("/a/b.sock", UnixSocket(path: "/a/b.sock")),
            ("{path: s.sock, mode: 0600}", UnixSocket(path: "s.sock", mode: 0o600)),
            ("{mode: \"0777\", path: s.sock}", UnixSocket(path: "s.sock", mode: 0o777)),
            ("{mode: 0o640}", UnixSocket(path: "/run/breakerd/breakerd.sock", mode: 0o640)),
            ("{path: none, mode: 640}", nil),
        ])
        func `unix_socket takes a path or a mapping`(yaml: String, expected: UnixSocket?) throws {
            #expect(try Sources.load("unix_socket: \(yaml)").configuration.listeners.unixSocket == expected)
        }

        @Test(arguments: [
            ("none", nil), ("1.2.3.4:80", "1.2.3.4:80"), ("{listen: \"[::1]:0\"}", "[::1]:0"),
            ("{listen: none}", nil),
            ("{hosts: a}", "127.0.0.1:2758"),
        ])
        func `http takes an address or a mapping`(yaml: String, expected: String?) throws {
            #expect(try Sources.load("http: \(yaml)").configuration.http?.endpoint.description == expected)
        }

        @Test func `http takes a token and names of hosts`() throws {
            let yaml = "http: {listen: 'a:1', token: 0123456789abcdef, hosts: [Breakers.example, b]}"
            let loaded = try Sources.load(yaml)
            #expect(loaded.configuration.http?.token == "0123456789abcdef")
            #expect(loaded.configuration.http?.hosts == ["breakers.example", "b"])
            #expect(!loaded.report.contains("0123456789abcdef"), "a secret is not printed")
        }

        @Test(arguments: [
            "token: short", "token: 'with a space in it'", "token: [x]", "hosts: ['a:1']", "hosts: [true]",
        ])
        func `a token or host that is none is refused, without the secret`(yaml: String) throws {
            let problems = try Sources.problems("http:\n  \(yaml)\n")
            #expect(problems.count == 1)
            #expect(problems[0].hasPrefix("F:2: http."))
            #expect(!problems[0].contains("short") && !problems[0].contains("space in"))
        }

        @Test(arguments: [
            ("\":memory:\"", DatabaseLocation.memory), ("/x.sqlite", .file("/x.sqlite")), ("7", .file("7")),
        ])
        func `database takes a path or memory`(yaml: String, expected: DatabaseLocation) throws {
            #expect(try Sources.load("database: \(yaml)").configuration.database == expected)
        }

        @Test(arguments: Logger.Level.allCases, LogSettings.Format.allCases)
        func `log takes every level and format`(level: Logger.Level, format: LogSettings.Format) throws {
            let yaml = "log: {level: \(level.rawValue), format: \(format.rawValue)}"
            #expect(try Sources.load(yaml).configuration.log == LogSettings(level: level, format: format))
        }

        @Test(arguments: OnCorrupt.allCases)
        func `on_corrupt takes its choices`(choice: OnCorrupt) throws {
            #expect(try Sources.load("on_corrupt: \(choice.rawValue)").configuration.onCorrupt == choice)
        }

        @Test(arguments: [("1", 1), ("256", 256), ("0x10", 16), ("auto", 4)])
        func `event_loops takes a count or auto`(yaml: String, expected: Int) throws {
            #expect(try Sources.load("event_loops: \(yaml)").configuration.eventLoops == expected)
        }

        @Test(arguments: [("100ms", 100), ("1.5s", 1_500), ("10m", 600_000), ("\"2s\"", 2_000)])
        func `heartbeat takes a duration`(yaml: String, expected: Int) throws {
            #expect(try Sources.load("heartbeat: \(yaml)").configuration.heartbeatMs == expected)
        }

        @Test(arguments: Limits.Name.allCases)
        func `a limit takes both ends of its range and nothing beyond`(name: Limits.Name) throws {
            for value in [name.range.lowerBound, name.range.upperBound] {
                let limits = try Sources.load("limits: {\(name.rawValue): \(value)}").configuration.limits
                #expect(limits[name] == value)
            }
            for value in [name.range.lowerBound - 1, name.range.upperBound + 1] {
                let range = "\(name.range.lowerBound) to \(name.range.upperBound)"
                #expect(
                    try Sources.problems("limits:\n  \(name.rawValue): \(value)") == [
                        "F:2: limits.\(name.rawValue): must be an integer from \(range); found \(value)"
                    ])
            }
        }

        @Test(arguments: [
            ("null", PolicyValue.off), ("~", .off), ("", .off), ("\"0.5\"", nil), ("1", .number(1)),
            ("0.25", .number(0.25)), (".5", .number(0.5)), ("5e-1", .number(0.5)), ("!!str 1", nil),
            (".nan", nil),
            ("yes", nil), (".inf", nil), ("1_0", nil), ("'null'", nil), ("[1]", nil), ("{a: 1}", nil),
        ])
        func `a policy's scalars follow YAML's core schema`(yaml: String, expected: PolicyValue?) throws {
            let text = "policies:\n- match: a\n  failure_rate: \(yaml)\n"
            if let expected {
                #expect(try Sources.load(text).configuration.policies[0].patch[.failureRate] == expected)
            } else {
                #expect(try Sources.problems(text).count == 1)
            }
        }

        @Test func `policies keep their order and every field`() throws {
            let yaml = """
                policies:
                  - match: "pay*"
                    window: 100
                    min_reporters: auto
                    honor_retry_after: true
                    open_for: 60s
                  - {match: 12, slow_call: 250ms, slow_call_rate: null}
                """
            let rules = try Sources.load(yaml).configuration.policies
            #expect(rules.map(\.match.pattern) == ["pay*", "12"])
            #expect(
                rules[0].patch.values == [
                    .window: .integer(100), .minReporters: .text("auto"), .honorRetryAfter: .flag(true),
                    .openFor: .text("1m"),
                ])
            #expect(rules[1].patch.values == [.slowCall: .text("250ms"), .slowCallRate: .off])
        }

        @Test func `anchors and aliases work`() throws {
            let yaml = "policies:\n- match: a\n  open_for: &x 7s\n- match: b\n  open_for: *x\n"
            #expect(try Sources.load(yaml).configuration.policies[1].patch[.openFor] == .text("7s"))
        }
    }
}
