// A reply is a JSON object; reading a member says what the protocol promises of it, and a reply that does not
// keep the promise is a `malformedReply` naming the member.

import BreakerWire
import NIOCore

struct Reply: Sendable {
    let object: JSONObject

    init(_ object: JSONObject) { self.object = object }

    /// One line of JSON without what only this connection knows.
    var text: String {
        var object = JSONObject()
        for member in self.object.members where member.key != "id" && member.key != "watch" {
            object.append(member.key, member.value)
        }
        return JSONValue.object(object).description
    }

    /// The error that the reply tells; nil if it tells none.
    var failure: BreakerError? {
        guard case .bool(let isSuccess)? = self.object["ok"] else { return .malformed("ok") }
        if isSuccess { return nil }
        guard case .object(let error)? = self.object["error"], case .string(let code)? = error["code"] else {
            return .malformed("error")
        }
        var (message, field): (String, String?) = (code, nil)
        if case .string(let text)? = error["message"] { message = text }
        if case .string(let text)? = error["field"] { field = text }
        return BreakerError(BreakerError.Code(rawValue: code), message, field: field)
    }

    // MARK: Members that must be there

    func string(_ key: String) throws(BreakerError) -> String {
        try self.require(self.optionalString(key), key)
    }
    func integer(_ key: String) throws(BreakerError) -> Int {
        try self.require(self.optionalInteger(key), key)
    }
    func count(_ key: String) throws(BreakerError) -> UInt64 {
        try self.require(self.optionalCount(key), key)
    }
    func bool(_ key: String) throws(BreakerError) -> Bool { try self.require(self.optionalBool(key), key) }
    func span(_ key: String) throws(BreakerError) -> Duration {
        try self.require(self.optionalSpan(key), key)
    }
    func nested(_ key: String) throws(BreakerError) -> Reply {
        try self.require(self.optionalNested(key), key)
    }

    func wallTime(_ key: String) throws(BreakerError) -> WallTime {
        WallTime(unixMilliseconds: Int64(try self.integer(key)))
    }

    func value<Value: RawRepresentable<String>>(_ key: String) throws(BreakerError) -> Value {
        try self.require(try self.optionalValue(key), key)
    }

    func list(_ key: String) throws(BreakerError) -> [Reply] {
        try self.require(self.optionalList(key), key)
    }

    // MARK: Members that may be absent

    func optionalList(_ key: String) throws(BreakerError) -> [Reply]? {
        if self.object[key] == nil { return nil }
        guard case .array(let elements)? = self.object[key] else { throw .malformed(key) }
        var list: [Reply] = []
        list.reserveCapacity(elements.count)
        for element in elements {
            guard case .object(let object) = element else { throw .malformed(key) }
            list.append(Reply(object))
        }
        return list
    }

    func optionalString(_ key: String) throws(BreakerError) -> String? {
        switch self.object[key] {
        case nil, .null?: return nil
        case .string(let text)?: return text
        default: throw .malformed(key)
        }
    }

    func optionalInteger(_ key: String) throws(BreakerError) -> Int? {
        switch self.object[key] {
        case nil, .null?: return nil
        case .integer(let integer)?: return Int(integer)
        default: throw .malformed(key)
        }
    }

    func optionalCount(_ key: String) throws(BreakerError) -> UInt64? {
        guard let integer = try self.optionalInteger(key) else { return nil }
        guard integer >= 0 else { throw .malformed(key) }
        return UInt64(integer)
    }

    func optionalNumber(_ key: String) throws(BreakerError) -> Double? {
        switch self.object[key] {
        case nil, .null?: return nil
        case .integer(let integer)?: return Double(integer)
        case .number(let number)?: return number
        default: throw .malformed(key)
        }
    }

    func optionalBool(_ key: String) throws(BreakerError) -> Bool? {
        switch self.object[key] {
        case nil, .null?: return nil
        case .bool(let flag)?: return flag
        default: throw .malformed(key)
        }
    }

    /// Milliseconds, with or without a fraction.
    func optionalSpan(_ key: String) throws(BreakerError) -> Duration? {
        guard let milliseconds = try self.optionalNumber(key) else { return nil }
        guard (0...Reply.longestSpan).contains(milliseconds) else { throw .malformed(key) }
        return .nanoseconds(Int64(milliseconds * 1_000_000))
    }

    func optionalTexts(_ key: String) throws(BreakerError) -> [String]? {
        switch self.object[key] {
        case nil, .null?: return nil
        case .array(let values)?:
            var texts: [String] = []
            for value in values {
                guard case .string(let text) = value else { throw .malformed(key) }
                texts.append(text)
            }
            return texts
        default: throw .malformed(key)
        }
    }

    func optionalNested(_ key: String) throws(BreakerError) -> Reply? {
        switch self.object[key] {
        case nil, .null?: return nil
        case .object(let object)?: return Reply(object)
        default: throw .malformed(key)
        }
    }

    func optionalValue<Value: RawRepresentable<String>>(_ key: String) throws(BreakerError) -> Value? {
        guard let text = try self.optionalString(key) else { return nil }
        guard let value = Value(rawValue: text) else { throw .malformed(key) }
        return value
    }

    /// Milliseconds of 200 years: what nanoseconds in 64 bits hold with room to spare.
    private static let longestSpan = 6_300_000_000_000.0

    private func require<Value>(_ value: Value?, _ key: String) throws(BreakerError) -> Value {
        guard let value else { throw .malformed(key) }
        return value
    }
}

extension BreakerError {
    /// A reply without `field`, or with something else in it.
    static func malformed(_ field: String) -> BreakerError {
        BreakerError(.malformedReply, "the daemon's reply has no valid \"\(field)\"", field: field)
    }
}
