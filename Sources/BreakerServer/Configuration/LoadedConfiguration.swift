import BreakerCore

/// A configuration together with who set each of its values.
package struct LoadedConfiguration: Sendable {
    package let configuration: Configuration
    /// By the path of the value: a key's name, or "policies[2].failure_rate". What is missing is at its
    /// default.
    package let origins: [String: ConfigurationOrigin]
    /// Whether `event_loops` was left to the daemon, which took one a core.
    let isAutomaticEventLoops: Bool

    /// Who set a value; `path` as in `origins`.
    package func origin(of path: String) -> ConfigurationOrigin { self.origins[path] ?? .default }

    /// Every value and where it comes from, in aligned columns, each line ended: what `--print-config`
    /// prints.
    package var report: String {
        let rows = self.keyRows + self.ruleRows + self.notifierRows
        let nameWidth = rows.map(\.name.count).max() ?? 0
        let valueWidth = rows.map(\.value.count).max() ?? 0
        return rows.map { row in
            let name = LoadedConfiguration.padded(row.name, to: nameWidth)
            let value = LoadedConfiguration.padded(row.value, to: valueWidth)
            return "\(name)  \(value)  \(self.origin(of: row.name))\n"
        }.joined()
    }

    private var keyRows: [(name: String, value: String)] {
        ConfigurationKey.all.map { key in
            let text = self.configuration.text(of: key)
            return (key.name, key == .eventLoops && self.isAutomaticEventLoops ? "auto (\(text))" : text)
        }
    }

    private var ruleRows: [(name: String, value: String)] {
        if self.configuration.policies.isEmpty { return [("policies", "[]")] }
        return self.configuration.policies.enumerated().flatMap { index, rule in
            let fields = PolicyField.allCases.compactMap { field in
                rule.patch[field].map { ("policies[\(index)].\(field.rawValue)", $0.text) }
            }
            return [("policies[\(index)].match", rule.match.pattern)] + fields
        }
    }

    /// Names alone: the rest may be secret.
    private var notifierRows: [(name: String, value: String)] {
        self.configuration.notifiers.enumerated().map { ("notifiers[\($0)].name", $1.name) }
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
