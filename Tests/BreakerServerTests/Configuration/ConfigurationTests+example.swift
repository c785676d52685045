import BreakerCore
import BreakerServer
import Foundation
import Testing

extension ConfigurationTests {
    @Suite("The example file") struct Example {
        private func text() throws -> String {
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            return try String(
                contentsOf: root.appendingPathComponent("docs/breakerd.example.yaml"), encoding: .utf8)
        }

        @Test func `it is in order and says what the defaults are`() throws {
            #expect(try Sources.load(self.text()).configuration == Sources.load().configuration)
        }

        @Test func `it holds every key that a file can set`() throws {
            let loaded = try Sources.load(self.text())
            for key in ConfigurationKey.all where key != .manualClock {
                guard case .file = loaded.origin(of: key.name) else {
                    Issue.record("\(key.name) is missing")
                    continue
                }
            }
        }

        @Test func `it names every flag's environment variable`() throws {
            let text = try self.text()
            for name in ConfigurationKey.all.compactMap(\.environmentName) + [
                ConfigurationLoader.fileVariable
            ] {
                #expect(text.contains(name))
            }
        }

        @Test func `its example of notifiers is in order and shows defaults`() throws {
            let parts = try self.text().components(separatedBy: "notifiers: []\n")
            let example = try #require(parts.last?.components(separatedBy: "\n\n").first)
            let yaml = example.replacing(/(?m)^# ?/, with: "")
            let notifier = try #require(try Sources.load(yaml).configuration.notifiers.first)
            var expected = NotifierSettings(name: "chat")
            expected.form = .slack
            expected.url = "https://hooks.slack.example/services/T0/B0/x"
            expected.match = [try #require(Glob("*"))]
            expected.page = "http://127.0.0.1:2758"
            #expect(notifier == expected)
        }

        @Test func `its example of policies is in order and shows every field at its default`() throws {
            let halves = try self.text().components(separatedBy: "policies: []\n")
            let yaml = try #require(halves.last).replacing(/(?m)^# ?/, with: "")
            let rules = try Sources.load(yaml).configuration.policies
            #expect(rules.map(\.match.pattern) == ["*", "payments*"])
            for field in PolicyField.allCases {
                #expect(rules.first?.patch[field] == Policy.default.value(of: field), "\(field.rawValue)")
            }
        }
    }
}
