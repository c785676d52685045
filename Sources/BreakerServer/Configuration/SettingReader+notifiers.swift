import BreakerCore

// What a notifier's keys take. Messages show nothing of what may be secret.
extension SettingReader {
    func notifierName() throws(SettingProblem) -> String {
        guard let text = self.text, (1...64).contains(text.utf8.count),
            text.utf8.allSatisfy({ byte in
                (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2d || byte == 0x5f
            })
        else { throw self.problem("1 to 64 of a-z 0-9 _ -") }
        return text
    }

    /// A URL over HTTP: those of chats are as good as passwords.
    func secretURL() throws(SettingProblem) -> String {
        guard let text = self.text, text.hasPrefix("http://") || text.hasPrefix("https://"),
            text.utf8.count <= 2_048, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { throw SettingProblem(message: "must be a URL that begins with https:// or http://") }
        return text
    }

    func secret() throws(SettingProblem) -> String {
        guard let text = self.text, (8...256).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { throw SettingProblem(message: "must be 8 to 256 printable characters without spaces") }
        return text
    }

    /// What a file holds, without the line feed at its end.
    func secretFile() throws(SettingProblem) -> String {
        guard let path = self.text, !path.isEmpty, !path.utf8.contains(0) else {
            throw self.problem("the path of a file")
        }
        do throws(FileText.Failure) {
            var text = try FileText.read(path)
            while let last = text.last, last.isWhitespace { text.removeLast() }
            return text
        } catch {
            throw SettingProblem(message: "\(path) \(error.message)")
        }
    }

    /// One pattern or a list of them.
    func globs() throws(SettingProblem) -> [Glob] {
        var globs: [Glob] = []
        for item in self.items {
            guard case .scalar(let text, let value) = item, value != .off, let glob = Glob(text) else {
                throw SettingReader(value: item).problem(
                    "a pattern, 1 to 128 of A-Z a-z 0-9 . _ : / @ - with * and ?, or a list of those")
            }
            globs.append(glob)
        }
        guard (1...100).contains(globs.count) else {
            throw SettingProblem(message: "must be 1 to 100 patterns; found \(globs.count)")
        }
        return globs
    }

    /// One kind or a list of them.
    func notifierKinds() throws(SettingProblem) -> Set<NotifierSettings.Kind> {
        var kinds: Set<NotifierSettings.Kind> = []
        for item in self.items {
            let reader = SettingReader(value: item)
            guard let kind = reader.text.flatMap(NotifierSettings.Kind.init) else {
                let known = NotifierSettings.Kind.allCases.map(\.rawValue)
                let hint = NearestName.hint(for: reader.text ?? "", among: known)
                throw SettingProblem(message: "unknown kind, found \(item.found); \(hint)")
            }
            kinds.insert(kind)
        }
        guard !kinds.isEmpty else { throw SettingProblem(message: "must name one kind at least") }
        return kinds
    }

    private var items: [WrittenValue] {
        if case .list(let items) = self.value { items } else { [self.value] }
    }
}

extension WrittenValue {
    /// Text, whatever it looks like.
    init(quoted text: String) {
        self = .scalar(text: text, value: .text(text))
    }
}
