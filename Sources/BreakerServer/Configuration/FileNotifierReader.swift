import BreakerCore

/// Reads the list under `notifiers`: those that are in order, and what is wrong with the others. What may be
/// secret is never shown.
struct FileNotifierReader {
    let path: String
    private(set) var notifiers: [FileNotifier] = []
    private(set) var problems: [ConfigurationError.Problem] = []
    /// Where each name stands.
    private var lines: [String: Int] = [:]

    private enum Key: String, CaseIterable {
        case name, type, url
        case urlFile = "url_file"
        case secret
        case secretFile = "secret_file"
        case routingKey = "routing_key"
        case routingKeyFile = "routing_key_file"
        case match, on, group
        case giveUp = "give_up"
        case page
    }

    init(path: String) {
        self.path = path
    }

    mutating func read(_ items: [YAMLNode.Item]) {
        for (index, item) in items.enumerated() {
            let field = "notifiers[\(index)]"
            guard index < NotifierSettings.maximumCount else {
                let most = NotifierSettings.maximumCount
                self.note(item.line, field, "is one too many: there may be \(most)")
                return
            }
            guard case .mapping(let entries) = item.value else {
                self.note(item.line, field, "must be a mapping; found \(item.value.written.found)")
                continue
            }
            self.read(entries, line: item.line, field: field)
        }
    }

    private mutating func read(_ entries: [YAMLNode.Entry], line: Int, field: String) {
        let before = self.problems.count
        var settings = NotifierSettings(name: "")
        var given: [Key: Int] = [:]
        for entry in entries {
            let path = "\(field).\(entry.name)"
            guard let key = Key(rawValue: entry.name) else {
                let hint = NearestName.hint(for: entry.name, among: Key.allCases.map(\.rawValue))
                self.note(entry.line, path, "unknown key; \(hint)")
                continue
            }
            given[key] = entry.line
            do throws(SettingProblem) {
                try FileNotifierReader.set(key, of: &settings, to: entry.value.written)
            } catch {
                self.note(entry.line, path, error.message)
            }
        }
        self.checkTogether(&settings, given, line: line, field: field)
        if self.problems.count == before {
            self.notifiers.append(FileNotifier(settings: settings, line: line))
        }
    }

    private static func set(
        _ key: Key, of settings: inout NotifierSettings, to value: WrittenValue
    ) throws(SettingProblem) {
        let reader = SettingReader(value: value)
        switch key {
        case .name: settings.name = try reader.notifierName()
        case .type: settings.form = try reader.choice(NotifierSettings.Form.self)
        case .url: settings.url = try reader.secretURL()
        case .urlFile:
            settings.url = try SettingReader(value: .init(quoted: reader.secretFile())).secretURL()
        case .secret: settings.secret = try reader.secret()
        case .secretFile:
            settings.secret = try SettingReader(value: .init(quoted: reader.secretFile())).secret()
        case .routingKey: settings.routingKey = try reader.secret()
        case .routingKeyFile:
            settings.routingKey = try SettingReader(value: .init(quoted: reader.secretFile())).secret()
        case .match: settings.match = try reader.globs()
        case .on: settings.kinds = try reader.notifierKinds()
        case .group: settings.groupMilliseconds = try reader.milliseconds(.zero, .minutes(1))
        case .giveUp: settings.giveUpMilliseconds = try reader.milliseconds(.minutes(1), .hours(720))
        case .page: settings.page = try reader.url()
        }
    }

    /// What no value alone can say.
    private mutating func checkTogether(
        _ settings: inout NotifierSettings, _ given: [Key: Int], line: Int, field: String
    ) {
        if settings.match.isEmpty, given[.match] == nil { settings.match = Glob("*").map { [$0] } ?? [] }
        for key in [Key.name, .type] where given[key] == nil {
            self.note(line, field, "needs \(key.rawValue)")
        }
        for (key, other) in [
            (Key.url, Key.urlFile), (.secret, .secretFile), (.routingKey, .routingKeyFile),
        ] {
            guard given[key] != nil, let second = given[other] else { continue }
            self.note(second, "\(field).\(other.rawValue)", "and \(key.rawValue) exclude each other")
        }
        if let nameLine = given[.name], !settings.name.isEmpty {
            if let first = self.lines[settings.name] {
                self.note(nameLine, "\(field).name", "\"\(settings.name)\" is taken in line \(first)")
            }
            self.lines[settings.name] = nameLine
        }
        guard given[.type] != nil else { return }
        self.checkForm(&settings, given, line: line, field: field)
    }

    private mutating func checkForm(
        _ settings: inout NotifierSettings, _ given: [Key: Int], line: Int, field: String
    ) {
        let type = settings.form.rawValue
        if given[.url] == nil, given[.urlFile] == nil {
            if settings.form == .pagerduty {
                settings.url = NotifierSettings.pagerdutyURL
            } else {
                self.note(line, field, "needs url or url_file")
            }
        }
        if settings.form == .pagerduty, given[.routingKey] == nil, given[.routingKeyFile] == nil {
            self.note(line, field, "needs routing_key or routing_key_file")
        }
        let foreign: [Key] =
            switch settings.form {
            case .webhook: [.routingKey, .routingKeyFile]
            case .slack: [.routingKey, .routingKeyFile, .secret, .secretFile]
            case .pagerduty: [.secret, .secretFile]
            }
        for key in foreign {
            guard let line = given[key] else { continue }
            self.note(line, "\(field).\(key.rawValue)", "means nothing to type \(type)")
        }
    }

    private mutating func note(_ line: Int, _ field: String, _ message: String) {
        self.problems.append(.init(at: .file(self.path, line: line), field: field, message: message))
    }
}
