import BreakerCore
import BreakerServer
import Foundation
import Logging
import Testing

extension ConfigurationTests {
    @Suite("Its reload and report") struct Reload {
        @Test func `the loader reads the file again each time`() throws {
            try Sources.withFile(Data("log: {level: debug}\n".utf8)) { path in
                let loader = ConfigurationLoader(file: path)
                #expect(try loader.load().configuration.log.level == .debug)
                try Data("log: {level: error}\n".utf8).write(to: URL(fileURLWithPath: path))
                #expect(try loader.load().configuration.log.level == .error)
            }
        }

        @Test func `what a running daemon cannot take is named`() throws {
            let yaml = """
                listen: a:1
                unix_socket: {path: /x, mode: 0600}
                database: /x
                event_loops: 9
                limits: {batch: 9}
                log: {level: debug, format: json}
                policies: [{match: a}]
                """
            let (old, new) = (try Sources.load().configuration, try Sources.load(yaml).configuration)
            #expect(
                Configuration.changesNeedingRestart(from: old, to: new).map(\.name) == [
                    "listen", "unix_socket", "unix_socket.mode", "database", "log.format", "event_loops",
                    "limits.batch",
                ])
            #expect(Configuration.changesNeedingRestart(from: new, to: new).isEmpty)
        }

        @Test func `policies and the log level need no restart`() throws {
            let yaml = "log: {level: debug}\npolicies: [{match: a, probes: 1}]"
            let (old, new) = (try Sources.load().configuration, try Sources.load(yaml).configuration)
            #expect(old != new)
            #expect(Configuration.changesNeedingRestart(from: old, to: new).isEmpty)
        }

        @Test func `the report shows every value and its origin in columns`() throws {
            let yaml = "listen: [a:1, b:2]\npolicies:\n- match: pay*\n  open_for: 60s\n  slow_call: null\n"
            let report = try Sources.load(yaml, environment: ["BREAKERD_LOG_LEVEL": "debug"]).report
            let rows = report.split(separator: "\n").map(String.init)
            #expect(report.hasSuffix("\n"))
            #expect(rows.count == ConfigurationKey.all.count + 3)
            for key in ConfigurationKey.all {
                #expect(rows.contains { $0.hasPrefix("\(key.name) ") }, "\(key.name)")
            }
            #expect(
                rows.contains { $0.firstMatch(of: /^listen +\["a:1", "b:2"\] +file .*test.yaml:1$/) != nil })
            #expect(
                rows.contains {
                    $0.firstMatch(of: /^log.level +debug +environment BREAKERD_LOG_LEVEL$/) != nil
                })
            #expect(rows.contains { $0.firstMatch(of: /^heartbeat +5s +default$/) != nil })
            #expect(
                rows.suffix(3).map { $0.split(separator: " ").prefix(2).joined(separator: " ") } == [
                    "policies[0].match pay*", "policies[0].slow_call null", "policies[0].open_for 1m",
                ])
            #expect(rows.suffix(3).map { $0.split(separator: ":").last } == ["3", "5", "4"])
        }

        @Test func `the report says that there are no policies`() throws {
            let last = try Sources.load().report.split(separator: "\n").last
            #expect(last?.split(separator: " ") == ["policies", "[]", "default"])
        }
    }
}
