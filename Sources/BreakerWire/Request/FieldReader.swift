import BreakerCore

/// Reads the fields of one object of a request, each with its type and range, and blames the one that is
/// wrong by its full path. A field that is null counts as absent: many JSON encoders write null for what is
/// not set.
struct FieldReader {
    let object: JSONObject
    /// What stands before each field's name in errors: "", "client.", "reports[3].".
    let prefix: String

    init(_ object: JSONObject, prefix: String = "") {
        self.object = object
        self.prefix = prefix
    }

    func value(_ key: String) -> JSONValue? {
        guard let value = self.object[key], value != .null else { return nil }
        return value
    }

    func has(_ key: String) -> Bool { self.value(key) != nil }

    func problem(_ key: String, _ requirement: String) -> WireError {
        .badRequest(self.prefix + key, requirement)
    }

    /// What a mandatory field holds.
    func required<Value>(_ key: String, _ value: Value?, _ requirement: String) throws(WireError) -> Value {
        guard let value else { throw self.problem(key, "is missing: \(requirement)") }
        return value
    }

    // MARK: Text

    /// Text that is to be shown to people: at least one byte, nothing that moves a terminal's cursor.
    func text(_ key: String, most: Int) throws(WireError) -> String? {
        guard let value = self.value(key) else { return nil }
        guard case .string(let text) = value, (1...most).contains(text.utf8.count), text.isPrintable else {
            throw self.problem(key, "must be a string of 1 to \(most) bytes without control characters")
        }
        return text
    }

    /// A string that the daemon itself made and the client hands back.
    func token(_ key: String, most: Int) throws(WireError) -> String? {
        guard let value = self.value(key) else { return nil }
        guard case .string(let text) = value, text.utf8.count <= most else {
            throw self.problem(key, "must be a string of at most \(most) bytes")
        }
        return text
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, _ type: Choice.Type
    ) throws(WireError) -> Choice? where Choice.RawValue == String {
        guard let value = self.value(key) else { return nil }
        guard case .string(let text) = value, let choice = Choice(rawValue: text) else {
            let choices = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw self.problem(key, "must be one of \(choices)")
        }
        return choice
    }

    // MARK: Names

    static let nameRequirement = "must be a name of 1 to 128 bytes of A-Z a-z 0-9 . _ : / @ -"
    static let globRequirement = "must be a pattern of 1 to 128 bytes of A-Z a-z 0-9 . _ : / @ - * ?"

    func name(_ key: String) throws(WireError) -> String {
        try self.required(key, try self.optionalName(key), FieldReader.nameRequirement)
    }

    func optionalName(_ key: String) throws(WireError) -> String? {
        guard let value = self.value(key) else { return nil }
        guard case .string(let name) = value, BreakerName.isValid(name.utf8) else {
            throw self.problem(key, FieldReader.nameRequirement)
        }
        return name
    }

    func glob(_ key: String) throws(WireError) -> Glob {
        try self.required(key, try self.optionalGlob(key), FieldReader.globRequirement)
    }

    func optionalGlob(_ key: String) throws(WireError) -> Glob? {
        guard let value = self.value(key) else { return nil }
        guard case .string(let pattern) = value, let glob = Glob(pattern) else {
            throw self.problem(key, FieldReader.globRequirement)
        }
        return glob
    }

    func permit(_ key: String) throws(WireError) -> Permit? {
        guard let value = self.value(key) else { return nil }
        guard case .string(let text) = value, let permit = Permit(text: text) else {
            throw self.problem(key, "must be a permit as acquire gave it: \"42.1\"")
        }
        return permit
    }

    private static let traceRequirement =
        "must be a traceparent: \"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\""

    func trace(_ key: String) throws(WireError) -> TraceID? {
        guard let value = self.value(key) else { return nil }
        guard case .string(let text) = value, let trace = TraceID(traceparent: text) else {
            throw self.problem(key, FieldReader.traceRequirement)
        }
        return trace
    }

    func traces(_ key: String) throws(WireError) -> [TraceID] {
        var traces: [TraceID] = []
        for (index, value) in (try self.array(key, 1...TraceID.mostOfTrip, of: "traceparents") ?? [])
            .enumerated()
        {
            guard case .string(let text) = value, let trace = TraceID(traceparent: text) else {
                throw self.problem("\(key)[\(index)]", FieldReader.traceRequirement)
            }
            traces.append(trace)
        }
        return traces
    }

    // MARK: Numbers

    func flag(_ key: String) throws(WireError) -> Bool? {
        guard let value = self.value(key) else { return nil }
        guard case .bool(let flag) = value else { throw self.problem(key, "must be true or false") }
        return flag
    }

    func integer(_ key: String, _ range: ClosedRange<Int64>) throws(WireError) -> Int64? {
        guard let value = self.value(key) else { return nil }
        guard case .integer(let integer) = value, range.contains(integer) else {
            throw self.problem(key, "must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return integer
    }

    /// A generation, a revision or another number that only grows.
    func counter(_ key: String, from least: Int64 = 0) throws(WireError) -> UInt64? {
        try self.integer(key, least...WireLimits.exactInteger).map(UInt64.init)
    }

    /// Milliseconds, whole or with a fraction.
    func milliseconds(_ key: String, _ range: ClosedRange<Int>) throws(WireError) -> Interval? {
        guard let value = self.value(key) else { return nil }
        guard let number = value.double, number >= Double(range.lowerBound),
            number <= Double(range.upperBound)
        else {
            throw self.problem(
                key, "must be a number of milliseconds from \(range.lowerBound) to \(range.upperBound)")
        }
        return Interval(milliseconds: number)
    }

    // MARK: Structure

    func array(_ key: String, _ range: ClosedRange<Int>, of what: String) throws(WireError) -> [JSONValue]? {
        guard let value = self.value(key) else { return nil }
        guard case .array(let elements) = value, range.contains(elements.count) else {
            throw self.problem(key, "must be an array of \(range.lowerBound) to \(range.upperBound) \(what)")
        }
        return elements
    }

    func object(_ key: String) throws(WireError) -> FieldReader? {
        guard let value = self.value(key) else { return nil }
        guard case .object(let object) = value else { throw self.problem(key, "must be an object") }
        return FieldReader(object, prefix: "\(self.prefix)\(key).")
    }
}

extension JSONValue {
    /// What a number says, whole or not; nil: it is none.
    var double: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        case .null, .bool, .string, .array, .object: nil
        }
    }
}

extension String {
    /// No control characters, of ASCII or of Latin 1: they would steer the terminal of whoever reads a log.
    var isPrintable: Bool {
        self.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
    }
}
