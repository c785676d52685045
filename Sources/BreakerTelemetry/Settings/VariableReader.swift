import Logging

/// Reads variables of the environment. An empty one is as good as none.
struct VariableReader {
    private let environment: [String: String]
    private(set) var complaints: [TelemetrySettings.Complaint] = []

    init(_ environment: [String: String]) {
        self.environment = environment
    }

    func text(_ name: String) -> String? {
        self.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Whether it says `true`; all else is false.
    func flag(_ name: String) -> Bool { self.text(name)?.lowercased() == "true" }

    /// The value, if it is one of those that are taken.
    @discardableResult
    mutating func expect(_ name: String, _ values: [String], or wanted: String) -> String? {
        guard let text = self.text(name) else { return nil }
        guard values.contains(text) else { return self.complain(name, wanted) }
        return text
    }

    /// One of the values that a type has.
    mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ name: String, _: Value.Type
    ) -> Value? {
        let values = Value.allCases.map(\.rawValue)
        return self.expect(name, values, or: values.joined(separator: " or ")).flatMap(Value.init)
    }

    /// By the names that OpenTelemetry has for it, in any case.
    mutating func level(_ name: String) -> Logger.Level? {
        guard let text = self.text(name) else { return nil }
        switch text.lowercased() {
        case "none", "fatal": return .critical
        case "error": return .error
        case "warn", "warning": return .warning
        case "info": return .info
        case "debug": return .debug
        case "trace", "verbose", "all": return .trace
        case _: return self.complain(name, "none, fatal, error, warn, info, debug or trace")
        }
    }

    mutating func url(_ name: String) -> String? {
        guard let text = self.text(name) else { return nil }
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else {
            return self.complain(name, "a URL over http or https")
        }
        return text
    }

    /// Above 0 and at most a day.
    mutating func milliseconds(_ name: String) -> Duration? {
        guard let text = self.text(name) else { return nil }
        guard let number = Int(text), (1...86_400_000).contains(number) else {
            return self.complain(name, "1 to 86400000 milliseconds")
        }
        return .milliseconds(number)
    }

    mutating func count(_ name: String, in range: ClosedRange<Int> = 1...16_384) -> Int? {
        guard let text = self.text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            return self.complain(name, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// `key=value,key=value`, keys and values percent-encoded.
    mutating func pairs(_ name: String) -> [(key: String, value: String)]? {
        guard let text = self.text(name) else { return nil }
        var pairs: [(key: String, value: String)] = []
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard ends.count == 2, let key = Self.decoded(ends[0]), let value = Self.decoded(ends[1]),
                !key.isEmpty
            else { return self.complain(name, "key=value, separated by commas, percent-encoded") }
            pairs.append((key, value))
        }
        return pairs
    }

    private mutating func complain<Value>(_ name: String, _ wanted: String) -> Value? {
        self.complaints.append(.init(variable: name, wanted: wanted))
        return nil
    }

    /// Without spaces around it and with `%41` as `A`; nil where that is no text.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8.drop { $0 == 0x20 }
        while rest.last == 0x20 { rest.removeLast() }
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(rest.prefix(2)), digits.utf8.count == 2,
                let decoded = UInt8(digits, radix: 16)
            else { return nil }
            bytes.append(decoded)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
