import BreakerCore

/// What a configuration file says, key by key, with the line of each; and all that is wrong with its form.
/// Whether a value suits its key is judged later, the same way for every source; rules are judged here.
struct ConfigurationFile {
    typealias Problem = ConfigurationError.Problem

    struct Setting {
        let key: ConfigurationKey
        /// As the file spells the way to it.
        let field: String
        let line: Int
        let value: WrittenValue
    }

    let path: String
    /// In the order of the file.
    private(set) var settings: [Setting] = []
    private(set) var rules: [FileRule] = []
    private(set) var notifiers: [FileNotifier] = []
    private(set) var problems: [Problem] = []

    /// Reads the file at `path`. One that cannot be read is a problem like any other.
    static func read(_ path: String) -> ConfigurationFile {
        do throws(FileText.Failure) {
            return ConfigurationFile(path: path, text: try FileText.read(path))
        } catch {
            var file = ConfigurationFile(path: path)
            file.note(line: error.line, field: nil, error.message)
            return file
        }
    }

    /// Reads `text` as the file's.
    init(path: String, text: String) {
        self.path = path
        do throws(YAMLDocument.Failure) {
            self.read(try YAMLDocument(text))
        } catch {
            self.note(line: error.line, field: nil, error.message)
        }
    }

    private init(path: String) {
        self.path = path
    }

    private mutating func read(_ document: YAMLDocument) {
        switch document.root {
        case .mapping(let entries): self.read(entries, of: FileSection.root, prefix: "")
        case .scalar(_, .off): break  // An empty file: all defaults.
        case .scalar, .list: self.note(line: 1, field: nil, "must be a mapping of keys to values")
        }
        for duplicate in document.duplicates {
            self.note(
                line: duplicate.line, field: duplicate.field,
                "is set twice; the first time in line \(duplicate.firstLine)")
        }
    }

    private mutating func read(_ entries: [YAMLNode.Entry], of section: FileSection, prefix: String) {
        for entry in entries {
            let field = prefix + entry.name
            guard let meaning = section.meaning(of: entry.name) else {
                let hint = NearestName.hint(for: entry.name, among: section.names)
                self.note(line: entry.line, field: field, "unknown key; \(hint)")
                continue
            }
            self.read(entry, field: field, as: meaning)
        }
    }

    private mutating func read(_ entry: YAMLNode.Entry, field: String, as meaning: FileSection.Meaning) {
        switch (meaning, entry.value) {
        case (.section(let section), .mapping(let entries)), (.either(_, let section), .mapping(let entries)):
            self.read(entries, of: section, prefix: "\(field).")
        case (.key(let key), let value), (.either(let key, _), let value):
            self.settings.append(Setting(key: key, field: field, line: entry.line, value: value.written))
        case (.rules, .list(let items)):
            var reader = FileRuleReader(path: self.path)
            reader.read(items)
            self.rules = reader.rules
            self.problems += reader.problems
        case (.notifiers, .list(let items)):
            var reader = FileNotifierReader(path: self.path)
            reader.read(items)
            self.notifiers = reader.notifiers
            self.problems += reader.problems
        case (.section, .scalar(_, .off)), (.rules, .scalar(_, .off)), (.notifiers, .scalar(_, .off)):
            break  // All that stood in it is commented out.
        case (.section, let value):
            self.note(line: entry.line, field: field, "must be a mapping; found \(value.written.found)")
        case (.notifiers, let value):
            let found = value.written.found
            self.note(line: entry.line, field: field, "must be a list of notifiers; found \(found)")
        case (.rules, let value):
            let found = value.written.found
            self.note(
                line: entry.line, field: field, "must be a list of rules, each with match; found \(found)")
        }
    }

    private mutating func note(line: Int?, field: String?, _ message: String) {
        self.problems.append(Problem(at: .file(self.path, line: line), field: field, message: message))
    }
}
