import BreakerServer
import Foundation
import Testing

extension ConfigurationTests {
    @Suite("Its errors") struct Errors {
        @Test(arguments: [
            ("lissten: a:1", "F:1: lissten: unknown key; did you mean \"listen\"?"),
            ("\nlog:\n  levl: info", "F:3: log.levl: unknown key; did you mean \"level\"?"),
            ("log: {colour: 1}", "F:1: log.colour: unknown key; known here: level, format"),
            (
                "limits:\n  conections: 5",
                "F:2: limits.conections: unknown key; did you mean \"connections\"?"
            ),
            (
                "manual_clock: true",
                "F:1: manual_clock: unknown key; known here: listen, unix_socket, http, telemetry, database,"
            ),
            ("http: {listne: x}", "F:1: http.listne: unknown key; did you mean \"listen\"?"),
            ("unix_socket: {pth: x}", "F:1: unix_socket.pth: unknown key; did you mean \"path\"?"),
            (
                "policies:\n- match: a\n  failurerate: 1",
                "F:3: policies[0].failurerate: unknown key; did you mean \"failure_rate\"?"
            ),
            ("<<: {a: 1}", "F:1: <<: unknown key; known here: "),
        ])
        func `an unknown key is named with its line and what was meant`(yaml: String, start: String) throws {
            try self.expectOne(yaml, start)
        }

        @Test(arguments: [
            ("listen:", "F:1: listen: must be HOST:PORT like \"127.0.0.1:2757\""),
            ("listen: {a: 1}", "F:1: listen: must be HOST:PORT"),
            ("listen: [a:1, a:1]", "F:1: listen: names a:1 twice"),
            ("listen: [a:1, [b:2]]", "F:1: listen: must be HOST:PORT"),
            (
                "unix_socket: true",
                "F:1: unix_socket: must be a path of at most 107 bytes, or none; found true"
            ),
            ("unix_socket:\n  mode: rw", "F:2: unix_socket.mode: must be permission bits in octal"),
            ("unix_socket: {mode: 1777}", "F:1: unix_socket.mode: must be permission bits in octal"),
            ("unix_socket: {mode: 0689}", "F:1: unix_socket.mode: must be permission bits in octal"),
            ("database: ''", "F:1: database: must be a path, or \":memory:\"; found \"\""),
            ("database: [a]", "F:1: database: must be a path, or \":memory:\"; found a list"),
            ("on_corrupt: yes", "F:1: on_corrupt: must be refuse or quarantine; found \"yes\""),
            ("log: info", "F:1: log: must be a mapping; found \"info\""),
            ("log: {format: xml}", "F:1: log.format: must be auto, text or json; found \"xml\""),
            (
                "log:\n  level: warn",
                "F:2: log.level: must be trace, debug, info, notice, warning, error or critical; found"
            ),
            (
                "event_loops: 1.5",
                "F:1: event_loops: must be an integer from 1 to 256, or auto: one a core; found 1.5"
            ),
            ("event_loops: \"2\"", "F:1: event_loops: must be an integer from 1 to 256"),
            ("event_loops: 99999999999999999999", "F:1: event_loops: must be an integer from 1 to 256"),
            ("heartbeat: 5", "F:1: heartbeat: must be a duration from \"100ms\" to \"10m\"; found 5"),
            (
                "heartbeat: 99ms",
                "F:1: heartbeat: must be a duration from \"100ms\" to \"10m\"; found \"99ms\""
            ),
            ("limits: 5", "F:1: limits: must be a mapping; found 5"),
            (
                "limits: {batch: many}",
                "F:1: limits.batch: must be an integer from 1 to 10000; found \"many\""
            ),
            ("policies: {a: 1}", "F:1: policies: must be a list of rules, each with match; found a mapping"),
            ("policies: [5]", "F:1: policies[0]: must be a mapping with match and fields; found 5"),
            ("policies:\n- probes: 3", "F:2: policies[0]: needs match: the breakers it is for"),
            ("policies:\n- match: a b", "F:2: policies[0].match: must be 1 to 128 of A-Z a-z 0-9"),
            (
                "policies:\n- match: a\n- match: b\n- match: a\n",
                "F:4: policies[2].match: \"a\" already has a rule in line 2"
            ),
            (
                "policies:\n- match: a\n  probes: 0\n",
                "F:3: policies[0].probes: must be an integer from 1 to 1000; found 0"
            ),
            (
                "policies:\n- match: a\n  window: [1]\n",
                "F:3: policies[0].window: must be a duration from \"10ms\""
            ),
            ("[1, 2]", "F:1: must be a mapping of keys to values"),
            ("hello", "F:1: must be a mapping of keys"),
        ])
        func `a bad value is named with its line and what is taken`(yaml: String, start: String) throws {
            try self.expectOne(yaml, start)
        }

        @Test(arguments: [
            ("log:\n  level: [info\n", "F:3: is not YAML: "),
            ("listen: a:1\n\tlog: x\n", "F:2: is not YAML: "),
            ("database: :memory:\n", "F:1: is not YAML: "),
            ("a: *b\n", "F:1: is not YAML: found undefined alias"),
            ("log: {level: info}\n---\nlog: {}\n", "F:2: is not YAML: but found another document"),
            ("listen: \u{1}\n", "F:1: is not YAML: "), ("log: {}\nlisten: \u{7}\n", "F:2: is not YAML: "),
            ("? [a]\n: 1\n", "F:1: holds a key that is a list or a mapping"),
        ])
        func `text that is not YAML is named with its line`(yaml: String, start: String) throws {
            try self.expectOne(yaml, start)
        }

        @Test(arguments: [
            ("listen: a:1\nlog: {}\nlisten: b:1\n", ["F:3: listen: is set twice; the first time in line 1"]),
            (
                "limits:\n  batch: 5\n  \"batch\": 6\n  'batch': 7\n",
                [
                    "F:3: limits.batch: is set twice; the first time in line 2",
                    "F:4: limits.batch: is set twice; the first time in line 2",
                ]
            ),
            ("log: {level: info, level: warn}\n", ["F:1: log.level: is set twice; the first time in line 1"]),
            (
                "policies:\n- match: a\n  probes: 1\n  probes: 2\nx: 1\nx: 2\n",
                [
                    "F:4: policies[0].probes: is set twice; the first time in line 3",
                    "F:5: x: unknown key; known here: listen, unix_socket, http, telemetry, database, on_corrupt, "
                        + "log, event_loops, heartbeat, limits, policies, notifiers",
                    "F:6: x: is set twice; the first time in line 5",
                ]
            ),
            ("? listen\n: a:1\n? listen\n: b:1\n", ["F:3: listen: is set twice; the first time in line 1"]),
            (
                "log: {}\r\nlisten: a:1\r\nlisten: b:1\r\n",
                ["F:3: listen: is set twice; the first time in line 2"]
            ),
            ("&a listen: a:1\nlisten: b:1\n", ["F:1: sets twice in one mapping: \"listen\""]),
        ])
        func `a repeated key is named with both lines`(yaml: String, expected: [String]) throws {
            #expect(try Sources.problems(yaml) == expected)
        }

        @Test func `very many repeated keys end in one message`() throws {
            let yaml = (0..<40).map { "k\($0): 1\nk\($0): 2\n" }.joined()
            #expect(try Sources.problems(yaml).count == 1)
        }

        @Test func `all problems are told at once, by line`() throws {
            let yaml = """
                policies:
                  - match: "pay*"
                    probes: 2.5
                    windw: 10s
                limits:
                  batch: 0
                log:
                  format: loud
                  format: json
                lissten: a:1
                """
            #expect(
                try Sources.problems(yaml) == [
                    "F:3: policies[0].probes: must be an integer from 1 to 1000; found 2.5",
                    "F:4: policies[0].windw: unknown key; did you mean \"window\"?",
                    "F:6: limits.batch: must be an integer from 1 to 10000; found 0",
                    "F:8: log.format: must be auto, text or json; found \"loud\"",
                    "F:9: log.format: is set twice; the first time in line 8",
                    "F:10: lissten: unknown key; did you mean \"listen\"?",
                ])
        }

        @Test func `nobody could connect: refused`() throws {
            try self.expectOne(
                "unix_socket: none\nlisten: none\n", "F:2: listen: is none while there is no Unix socket")
        }

        @Test func `more rules than the limit are refused at the first too many`() throws {
            let yaml = "limits: {policies: 2}\npolicies:\n- match: a\n- match: b\n- match: c\n"
            try self.expectOne(yaml, "F:5: policies: holds 3 rules; limits.policies allows 2")
        }

        @Test func `aliases of aliases have an end`() throws {
            var yaml = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
            for level in 1...8 {
                let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",")
                yaml += "a\(level): &a\(level) [\(items)]\n"
            }
            #expect(try Sources.problems(yaml).last?.contains("holds more than 200000 values") == true)
        }

        @Test func `a file that cannot be read is told why`() throws {
            var flags = ConfigurationFlags()
            flags.config = "/nowhere/breakerd.yaml"
            let error = #expect(throws: ConfigurationError.self) { try Sources.load(flags: flags) }
            #expect(error?.description == "/nowhere/breakerd.yaml: cannot be read: there is no such file")
            #expect(error?.isUsage == false)
            flags.config = "/"
            let directory = #expect(throws: ConfigurationError.self) { try Sources.load(flags: flags) }
            #expect(directory?.description.hasPrefix("/: cannot be read: ") == true)
        }

        @Test func `bytes that are not UTF-8 are named with their line`() throws {
            #expect(
                try Sources.problems(Data("log: {}\ndatabase: ".utf8) + [0xFF, 0x0A]) == ["F:2: is not UTF-8"]
            )
        }

        @Test func `a file without end is not read whole`() throws {
            var flags = ConfigurationFlags()
            flags.config = "/dev/zero"
            let error = #expect(throws: ConfigurationError.self) { try Sources.load(flags: flags) }
            #expect(error?.description == "/dev/zero: is larger than 1048576 bytes")
        }

        @Test func `a long value is cut in its message`() throws {
            let problems = try Sources.problems("on_corrupt: \(String(repeating: "x", count: 5_000))")
            #expect(problems.count == 1 && problems[0].count < 200)
        }

        private func expectOne(_ yaml: String, _ start: String) throws {
            let problems = try Sources.problems(yaml)
            #expect(problems.count == 1 && problems[0].hasPrefix(start), "\(problems)")
        }
    }
}
