// A strict parser of RFC 8259 over bytes that somebody else sent.
//
// Strict means: UTF-8 is checked, a key may stand once in an object, nesting is bounded, nothing may follow
// the value, and a number must be one a double can hold. Time and memory are linear in the input, whatever it
// says: recursion is as deep as the nesting bound, and duplicate keys are looked up in a set once an object
// has many.

/// Why bytes are not the JSON the protocol takes.
package struct JSONProblem: Error, Hashable, Sendable {
    /// Bytes from the start of the input.
    package let offset: Int
    /// For a person: "expected a value".
    package let message: String
    /// The key to blame, where there is one.
    package let field: String?

    package init(offset: Int, message: String, field: String? = nil) {
        self.offset = offset
        self.message = message
        self.field = field
    }
}

/// Reads one JSON text. A parser is used once.
package struct JSONParser {
    /// Up to this many keys a linear search for a duplicate is cheaper than a set.
    static let linearKeys = 8

    let bytes: UnsafeRawBufferPointer
    private let maximumDepth: Int
    var position = 0
    private var depth = 0
    /// Where the outermost object's `id` stands, once it and the delimiter behind it were read without a
    /// problem, so that an error further on can still be told to the request it belongs to.
    private(set) var id: (value: JSONValue, range: Range<Int>)?

    /// - Parameter maximumDepth: how many arrays and objects may be open at once; the outermost counts.
    package init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int = WireLimits.depth) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    /// The one value that `bytes` hold, with nothing but whitespace around it.
    package static func parse(
        _ bytes: UnsafeRawBufferPointer, maximumDepth: Int = WireLimits.depth
    ) throws(JSONProblem) -> JSONValue {
        var parser = JSONParser(bytes, maximumDepth: maximumDepth)
        return try parser.parse()
    }

    mutating func parse() throws(JSONProblem) -> JSONValue {
        self.skipWhitespace()
        let value = try self.value()
        self.skipWhitespace()
        guard self.position == self.bytes.count else {
            throw self.problem("unexpected bytes after the value")
        }
        return value
    }

    // MARK: Values

    private mutating func value() throws(JSONProblem) -> JSONValue {
        guard let byte = self.peek else { throw self.problem("expected a value, found the end") }
        switch byte {
        case UInt8(ascii: "{"): return .object(try self.object())
        case UInt8(ascii: "["): return .array(try self.array())
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "t"): return try self.literal("true", .bool(true))
        case UInt8(ascii: "f"): return try self.literal("false", .bool(false))
        case UInt8(ascii: "n"): return try self.literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try self.number()
        default: throw self.problem("expected a value")
        }
    }

    private mutating func object() throws(JSONProblem) -> JSONObject {
        try self.descend()
        var object = JSONObject()
        var keys = KeySet()
        if self.take(UInt8(ascii: "}")) { return self.ascend(object) }
        while true {
            guard self.peek == UInt8(ascii: "\"") else {
                throw self.problem("expected a key in double quotes")
            }
            let start = self.position
            let key = try self.string()
            guard keys.insert(key, among: object) else {
                if self.depth == 1, key == "id" { self.id = nil }
                throw JSONProblem(
                    offset: start, message: "duplicate key \"\(key.clipped)\"", field: key.clipped)
            }
            self.skipWhitespace()
            guard self.take(UInt8(ascii: ":")) else { throw self.problem("expected ':' after the key") }
            let valueStart = self.position
            let value = try self.value()
            let range = valueStart..<self.position
            object.append(key, value)
            self.skipWhitespace()
            let ended = try self.endsAfterElement(UInt8(ascii: "}"), "expected ',' or '}'")
            if self.depth == 1, key == "id" { self.id = (value, range) }
            if ended { return self.ascend(object) }
        }
    }

    private mutating func array() throws(JSONProblem) -> [JSONValue] {
        try self.descend()
        var elements: [JSONValue] = []
        if self.take(UInt8(ascii: "]")) { return self.ascend(elements) }
        while true {
            elements.append(try self.value())
            self.skipWhitespace()
            if try self.endsAfterElement(UInt8(ascii: "]"), "expected ',' or ']'") {
                return self.ascend(elements)
            }
        }
    }

    /// After an element: true at the closing byte, false at a comma.
    private mutating func endsAfterElement(
        _ closing: UInt8, _ expectation: String
    ) throws(JSONProblem) -> Bool {
        guard self.peek == closing || self.peek == UInt8(ascii: ",") else { throw self.problem(expectation) }
        let ends = self.peek == closing
        self.position += 1
        if !ends { self.skipWhitespace() }
        return ends
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(JSONProblem) -> JSONValue {
        let end = self.position + text.utf8CodeUnitCount
        guard end <= self.bytes.count,
            text.withUTF8Buffer({ self.bytes[self.position..<end].elementsEqual($0) })
        else { throw self.problem("expected a value") }
        self.position = end
        return value
    }

    // MARK: Nesting

    private mutating func descend() throws(JSONProblem) {
        guard self.depth < self.maximumDepth else {
            throw self.problem("nested more than \(self.maximumDepth) deep")
        }
        self.depth += 1
        self.position += 1
        self.skipWhitespace()
    }

    private mutating func ascend<Value>(_ value: Value) -> Value {
        self.depth -= 1
        return value
    }

    // MARK: Bytes

    var peek: UInt8? { self.position < self.bytes.count ? self.bytes[self.position] : nil }

    /// Steps over `byte` and whitespace behind it, if it is next.
    private mutating func take(_ byte: UInt8) -> Bool {
        guard self.peek == byte else { return false }
        self.position += 1
        if byte == UInt8(ascii: ":") { self.skipWhitespace() }
        return true
    }

    private mutating func skipWhitespace() {
        while let byte = self.peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
            self.position += 1
        }
    }

    func problem(_ message: String) -> JSONProblem {
        JSONProblem(offset: self.position, message: message)
    }
}

/// Which keys an object already has. Compared byte by byte: `String`'s equality folds different spellings in
/// Unicode.
private struct KeySet {
    private struct Key: Hashable {
        let text: String

        static func == (left: Key, right: Key) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

        func hash(into hasher: inout Hasher) {
            for byte in self.text.utf8 { hasher.combine(byte) }
        }
    }

    private var keys: Set<Key> = []

    /// False if `object` has the key.
    mutating func insert(_ key: String, among object: JSONObject) -> Bool {
        guard object.members.count >= JSONParser.linearKeys else {
            return !object.members.contains { $0.key.utf8.elementsEqual(key.utf8) }
        }
        if self.keys.isEmpty { self.keys = Set(object.members.map { Key(text: $0.key) }) }
        return self.keys.insert(Key(text: key)).inserted
    }
}

extension String {
    /// At most 64 characters, for a message about something a peer may have made very long.
    package var clipped: String {
        let clipped = self.unicodeScalars.prefix(64)
        return clipped.endIndex == self.endIndex ? self : String(clipped) + "…"
    }
}
