/// Any JSON value, as the rare operations read it. The hot ones never build one.
///
/// Equality is by spelling of the kind: `integer(1)` and `number(1.0)` differ, and so do objects whose
/// members come in another order.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// Written without fraction and exponent, and within 64 bits. `-0` is a `number`.
    case integer(Int64)
    /// Finite, the nearest double to what was written.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// What a person calls this kind of value: "a string".
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// The members of a JSON object in the order they were written, each key once.
package struct JSONObject: Hashable, Sendable {
    /// One key with its value.
    package struct Member: Hashable, Sendable {
        package let key: String
        package let value: JSONValue

        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    package private(set) var members: [Member] = []

    package init() {}

    /// The value of `key`, nil if there is none. Linear: objects of the protocol are small, and a decoder
    /// asks for a fixed number of keys.
    package subscript(key: String) -> JSONValue? {
        self.members.first { $0.key == key }?.value
    }

    /// Adds a member. The caller has made sure that the key is new.
    package mutating func append(_ key: String, _ value: JSONValue) {
        self.members.append(Member(key: key, value: value))
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.members = elements.map(Member.init)
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}
