// Compares a line that came with the line that a vector expects. The matchers are those of
// Protocol/README.md.

import BreakerWire
import Foundation

/// What an expected value asks for, and what it remembers.
struct VectorMatcher {
    /// By `$save`.
    private(set) var saved: [String: JSONValue] = [:]

    /// - Throws: `Mismatch`; then nothing of the line is remembered.
    mutating func match(_ expected: JSONValue, _ got: JSONValue) throws {
        var matcher = self
        try matcher.compare(expected, got, "the line")
        self = matcher
    }

    private mutating func compare(_ expected: JSONValue, _ got: JSONValue, _ path: String) throws {
        switch expected {
        case .object(let object) where object.isMatcher:
            for member in object.members { try self.compare(member.key, member.value, got, path) }
        case .object(let object): try self.compare(object, got, path)
        case .array(let elements): try self.compare(elements, got, path)
        case .string(let kind) where kind.hasPrefix("$"):
            guard got.isKind(kind) else { throw Mismatch(path, kind, got) }
        default:
            guard expected.equals(got) else { throw Mismatch(path, expected.description, got) }
        }
    }

    private mutating func compare(_ expected: JSONObject, _ got: JSONValue, _ path: String) throws {
        guard case .object(let object) = got else { throw Mismatch(path, "an object", got) }
        for member in expected.members where member.key != "..." {
            let place = "\(path).\(member.key)"
            guard let value = object[member.key] else {
                guard member.value == "$absent" else { throw Mismatch(place, member.value.description, nil) }
                continue
            }
            try self.compare(member.value, value, place)
        }
        guard expected["..."] == nil else { return }
        for member in object.members where expected[member.key] == nil {
            throw Mismatch("\(path).\(member.key)", "nothing", member.value)
        }
    }

    private mutating func compare(_ expected: [JSONValue], _ got: JSONValue, _ path: String) throws {
        guard case .array(let elements) = got, elements.count == expected.count else {
            throw Mismatch(path, "\(expected.count) elements", got)
        }
        for (index, pair) in zip(expected, elements).enumerated() {
            try self.compare(pair.0, pair.1, "\(path)[\(index)]")
        }
    }

    private mutating func compare(
        _ matcher: String, _ argument: JSONValue, _ got: JSONValue, _ path: String
    ) throws {
        switch (matcher, argument) {
        case ("$save", .string(let name)): self.saved[name] = got
        case ("$is", _): try self.compare(argument, got, path)
        case ("$not", _):
            var copy = self
            if (try? copy.compare(argument, got, path)) != nil {
                throw Mismatch(path, "anything but \(argument)", got)
            }
        default:
            guard got.passes(matcher, argument) else { throw Mismatch(path, "\(matcher) \(argument)", got) }
        }
    }

    /// Puts what was saved in for each `${name}`.
    func substitute(_ text: String) throws -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.range(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            let name = String(rest[start.upperBound..<end])
            guard let value = self.saved[name] else { throw Missing("something saved as \(name)") }
            result += rest[..<start.lowerBound] + value.description
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}

/// Where a line differs from what was expected.
struct Mismatch: Error, CustomStringConvertible {
    let description: String

    init(_ path: String, _ expected: String, _ got: JSONValue?) {
        self.description = "at \(path): expected \(expected), found \(got?.description ?? "nothing")"
    }
}

extension JSONObject {
    fileprivate var isMatcher: Bool {
        !self.members.isEmpty && self.members.allSatisfy { $0.key.hasPrefix("$") }
    }
}

extension JSONValue {
    /// Nil: no number.
    var double: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        case .null, .bool, .string, .array, .object: nil
        }
    }

    /// As they are written, numbers by value.
    fileprivate func equals(_ other: JSONValue) -> Bool {
        if let left = self.double, let right = other.double { return left == right }
        return self == other
    }

    fileprivate func isKind(_ kind: String) -> Bool {
        switch (kind, self) {
        case ("$any", _), ("$int", .integer), ("$string", .string), ("$bool", .bool): true
        case ("$number", _): self.double != nil
        default: false
        }
    }

    fileprivate func passes(_ matcher: String, _ argument: JSONValue) -> Bool {
        switch (matcher, argument, self) {
        case ("$range", .array(let bounds), _) where bounds.count == 2:
            guard let number = self.double else { return false }
            return number >= bounds[0].double ?? -.infinity && number <= bounds[1].double ?? .infinity
        case ("$above", _, _):
            guard let number = self.double, let bound = argument.double else { return false }
            return number > bound
        case ("$contains", .string(let part), .string(let text)): return text.contains(part)
        case ("$length", .integer(let count), .array(let elements)): return elements.count == count
        default: return false
        }
    }
}
