import BreakerCore

/// Reads the list under `policies`: the rules that are in order, and what is wrong with the others.
struct FileRuleReader {
    let path: String
    private(set) var rules: [FileRule] = []
    private(set) var problems: [ConfigurationError.Problem] = []
    /// Where each pattern stands.
    private var lines: [String: Int] = [:]

    private static let matchName = "match"
    private static let names = [matchName] + PolicyField.allCases.map(\.rawValue)

    init(path: String) {
        self.path = path
    }

    mutating func read(_ items: [YAMLNode.Item]) {
        for (index, item) in items.enumerated() {
            let field = "policies[\(index)]"
            if case .mapping(let entries) = item.value {
                self.read(entries, line: item.line, field: field)
            } else {
                let found = item.value.written.found
                self.note(
                    line: item.line, field: field, "must be a mapping with match and fields; found \(found)")
            }
        }
    }

    private mutating func read(_ entries: [YAMLNode.Entry], line: Int, field: String) {
        var match: (glob: Glob, line: Int)?
        var patch = PolicyPatch()
        var fieldLines: [PolicyField: Int] = [:]
        for entry in entries {
            let path = "\(field).\(entry.name)"
            if entry.name == FileRuleReader.matchName {
                match = self.readMatch(entry, field: path).map { ($0, entry.line) }
            } else if let name = PolicyField(rawValue: entry.name) {
                self.set(name, of: &patch, to: entry, field: path)
                fieldLines[name] = entry.line
            } else {
                let hint = NearestName.hint(for: entry.name, among: FileRuleReader.names)
                self.note(line: entry.line, field: path, "unknown key; \(hint)")
            }
        }
        if let match {
            let rule = PolicyBook.Rule(match: match.glob, patch: patch)
            self.rules.append(FileRule(rule: rule, line: match.line, fieldLines: fieldLines))
        } else if !entries.contains(where: { $0.name == FileRuleReader.matchName }) {
            self.note(line: line, field: field, "needs match: the breakers it is for, like \"payments*\"")
        }
    }

    private mutating func readMatch(_ entry: YAMLNode.Entry, field: String) -> Glob? {
        // A name of digits alone is a number to YAML and a name to us.
        guard case .scalar(let text, let value) = entry.value, value != .off, let glob = Glob(text) else {
            let found = entry.value.written.found
            self.note(
                line: entry.line, field: field,
                "must be 1 to 128 of A-Z a-z 0-9 . _ : / @ - with * and ?; found \(found)")
            return nil
        }
        if let first = self.lines[text] {
            self.note(line: entry.line, field: field, "\"\(text)\" already has a rule in line \(first)")
            return nil
        }
        self.lines[text] = entry.line
        return glob
    }

    private mutating func set(
        _ name: PolicyField, of patch: inout PolicyPatch, to entry: YAMLNode.Entry, field: String
    ) {
        do throws(PolicyProblem) {
            try patch.set(name, to: entry.value.policyValue)
        } catch {
            let found = entry.value.written.found
            self.note(line: entry.line, field: field, "\(error.message); found \(found)")
        }
    }

    private mutating func note(line: Int, field: String, _ message: String) {
        self.problems.append(.init(at: .file(self.path, line: line), field: field, message: message))
    }
}

extension YAMLNode {
    /// A list or a mapping becomes a text that no field takes: the field's own complaint then says what it
    /// does.
    fileprivate var policyValue: PolicyValue {
        switch self {
        case .scalar(_, let value): value
        case .list, .mapping: .text("")
        }
    }
}
