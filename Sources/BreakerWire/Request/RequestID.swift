/// What a request is to be answered under: an integer, a string, or nothing at all.
///
/// Kept as it was sent, because it is echoed so; compared by value, so that `"a"` and `"\u0061"` name one
/// watch.
package struct RequestID: Hashable, Sendable {
    private enum Value: Hashable, Sendable {
        case integer(Int64)
        case string(String)
        /// There was none, and the request is answered all the same.
        case null
    }

    private let value: Value?
    /// The `id` as JSON, byte for byte as it was sent; `null` where there is none.
    package let json: String

    /// The id of a request that asks for no reply.
    package static let none = RequestID(value: nil, json: "null")
    /// The id of a query without one: nobody asks for the list of breakers and does not want to see it.
    package static let ofQuery = RequestID(value: .null, json: "null")

    package var isNone: Bool { self.value == nil }

    private init(value: Value?, json: String) {
        self.value = value
        self.json = json
    }

    /// Nil unless `value` is an integer of 0…2^53−1, a string of at most 64 bytes, or null.
    ///
    /// - Parameter json: how `value` was written; nil: as this module writes it.
    package init?(_ value: JSONValue, json: String? = nil) {
        switch value {
        case .integer(let integer) where (0...WireLimits.exactInteger).contains(integer):
            self.init(value: .integer(integer), json: json ?? String(integer))
        case .string(let text) where text.utf8.count <= WireLimits.idBytes:
            self.init(value: .string(text), json: json ?? JSONValue.string(text).description)
        case .null: self = .none
        case .bool, .integer, .number, .string, .array, .object: return nil
        }
    }

    package static func == (left: RequestID, right: RequestID) -> Bool { left.value == right.value }

    package func hash(into hasher: inout Hasher) { hasher.combine(self.value) }

    /// Hands out the bytes to echo; none where there is no id.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        var json = self.isNone ? "" : self.json
        return json.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}
