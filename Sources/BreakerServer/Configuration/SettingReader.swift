import BreakerCore

/// A value that a key does not take; the message says what it takes.
struct SettingProblem: Error, Hashable, Sendable {
    let message: String
}

/// Turns one written value into a key's type, or into a sentence that says what the key takes.
struct SettingReader {
    let value: WrittenValue

    func integer(_ range: ClosedRange<Int>, or alternative: String = "") throws(SettingProblem) -> Int {
        guard case .scalar(_, value: .integer(let number)) = self.value, range.contains(number) else {
            throw self.problem("an integer from \(range.lowerBound) to \(range.upperBound)\(alternative)")
        }
        return number
    }

    /// Whether the key is left to the daemon.
    var isAutomatic: Bool { self.text == "auto" }

    func flag() throws(SettingProblem) -> Bool {
        guard case .scalar(_, value: .flag(let flag)) = self.value else {
            throw self.problem("true or false")
        }
        return flag
    }

    /// In whole milliseconds, rounded up.
    func milliseconds(_ least: Interval, _ most: Interval) throws(SettingProblem) -> Int {
        guard case .scalar(let text, value: .text) = self.value, let span = Interval(text), span >= least,
            span <= most
        else { throw self.problem("a duration from \"\(least)\" to \"\(most)\"") }
        return Int(span.wholeMillisecondsUp)
    }

    func choice<Choice: CaseIterable & RawRepresentable>(
        _: Choice.Type
    ) throws(SettingProblem) -> Choice where Choice.RawValue == String {
        guard let text = self.text, let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue)
            throw self.problem("\(names.dropLast().joined(separator: ", ")) or \(names[names.count - 1])")
        }
        return choice
    }

    func database() throws(SettingProblem) -> DatabaseLocation {
        guard let path = self.text, !path.isEmpty, !path.utf8.contains(0) else {
            throw self.problem("a path, or \"\(DatabaseLocation.memoryName)\"")
        }
        return DatabaseLocation(path)
    }

    /// Nil for `none`.
    func socketPath() throws(SettingProblem) -> String? {
        let most = UnixSocket.maximumPathBytes
        guard let path = self.text, (1...most).contains(path.utf8.count), !path.utf8.contains(0) else {
            throw self.problem("a path of at most \(most) bytes, or none")
        }
        return path == SettingReader.none ? nil : path
    }

    /// Permission bits in octal, as `chmod` takes them: quoted or not, the digits count.
    func fileMode() throws(SettingProblem) -> Int {
        guard case .scalar(let text, _) = self.value else { throw self.badMode }
        let digits = text.hasPrefix("0o") ? text.dropFirst(2) : text[...]
        guard (3...4).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x37).contains($0) }),
            let mode = Int(digits, radix: 8), mode <= 0o777
        else { throw self.badMode }
        return mode
    }

    /// One endpoint, a list of different ones, or `none`: an empty list.
    func endpoints() throws(SettingProblem) -> [TCPEndpoint] {
        guard case .list(let items) = self.value else {
            return self.text == SettingReader.none ? [] : [try self.endpoint()]
        }
        guard items.count <= Listeners.maximumTCP else {
            throw SettingProblem(
                message: "must be at most \(Listeners.maximumTCP) addresses; found \(items.count)")
        }
        var endpoints: [TCPEndpoint] = []
        for item in items {
            let endpoint = try SettingReader(value: item).endpoint()
            guard endpoint.port == 0 || !endpoints.contains(endpoint) else {
                throw SettingProblem(message: "names \(endpoint) twice")
            }
            endpoints.append(endpoint)
        }
        return endpoints
    }

    /// One endpoint; nil for `none`.
    func endpointOrNone() throws(SettingProblem) -> TCPEndpoint? {
        if self.text == SettingReader.none { return nil }
        guard let text = self.text, let endpoint = TCPEndpoint(text) else {
            throw self.problem("HOST:PORT like \"127.0.0.1:2758\" or \"[::1]:2758\", or none")
        }
        return endpoint
    }

    /// 16 to 256 printable bytes without spaces. The message shows nothing of it: it is a secret.
    func token() throws(SettingProblem) -> String? {
        if self.text == SettingReader.none { return nil }
        guard let text = self.text, (16...256).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else {
            throw SettingProblem(message: "must be 16 to 256 printable characters without spaces, or none")
        }
        return text
    }

    /// Names of hosts, in lower case, without ports; an empty list for `none`.
    func hostNames() throws(SettingProblem) -> [String] {
        if self.text == SettingReader.none { return [] }
        var names: [String] = []
        let items: [WrittenValue] = if case .list(let items) = self.value { items } else { [self.value] }
        for item in items {
            guard let text = SettingReader(value: item).text?.lowercased(), !text.isEmpty,
                text.utf8.count <= 253,
                text.utf8.allSatisfy({ byte in
                    (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2d
                        || byte == 0x2e
                })
            else {
                throw SettingReader(value: item).problem(
                    "a host's name like \"breakers.example\", a list of those, or none")
            }
            names.append(text)
        }
        return names
    }

    /// A URL over HTTP; nil for `none`.
    func url() throws(SettingProblem) -> String? {
        if self.text == SettingReader.none { return nil }
        guard let text = self.text, text.hasPrefix("http://") || text.hasPrefix("https://"),
            text.utf8.count <= 2_048, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { throw self.problem("a URL like \"http://127.0.0.1:4318\", or none") }
        return text
    }

    /// A URL over HTTP with a place for a trace; nil for `none`.
    func traceURL() throws(SettingProblem) -> String? {
        guard let url = try self.url() else { return nil }
        guard url.contains("{trace_id}") else {
            throw self.problem("a URL with {trace_id} in it, like \"https://traces.example/{trace_id}\"")
        }
        return url
    }

    private func endpoint() throws(SettingProblem) -> TCPEndpoint {
        guard let text = self.text, let endpoint = TCPEndpoint(text) else {
            throw self.problem(
                "HOST:PORT like \"127.0.0.1:2757\" or \"[::1]:2757\", a list of those, or none")
        }
        return endpoint
    }

    private static let none = "none"

    private var badMode: SettingProblem { self.problem("permission bits in octal like \"0660\"") }

    /// The words of a value that is meant as words: `true` and nothing are slips where a name is due, a
    /// number is not.
    var text: String? {
        switch self.value {
        case .scalar(let text, .text), .scalar(let text, .integer), .scalar(let text, .number): text
        case .scalar(_, .off), .scalar(_, .flag), .list, .mapping: nil
        }
    }

    func problem(_ takes: String) -> SettingProblem {
        SettingProblem(message: "must be \(takes); found \(self.value.found)")
    }
}
