import Foundation
import Testing

@testable import BreakerWire

/// Deliberate differences from Foundation's parser, which the generator avoids or the comparison allows for:
/// of two equal keys it keeps one where this parser refuses; it takes any depth up to 512 and a comma behind
/// the last element; it reads UTF-16 and UTF-32; and it refuses `0E5` and `1e-999`, which are zero.
@Suite("The JSON parser agrees with Foundation's")
struct FoundationAgreementTests {
    static let seed = UInt64.random(in: 0...UInt64.max)

    @Test("on values that are written in many ways", arguments: [seed])
    func valid(seed: UInt64) throws {
        var generator = JSONGenerator(random: Randomness(seed: seed))
        for _ in 0..<5_000 {
            let text = generator.text()
            let ours = try parseJSON(text)
            let theirs = try? JSONDecoder().decode(Reference.self, from: Data(text.utf8))
            #expect(theirs.map { same(ours, $0) } ?? ours.holdsZeroDouble, "seed \(seed): \(text)")
        }
    }

    @Test("on what is not JSON", arguments: [seed])
    func mutated(seed: UInt64) {
        var generator = JSONGenerator(random: Randomness(seed: seed))
        var refused = 0
        for _ in 0..<10_000 {
            let bytes = generator.mutated(Array(generator.text().utf8))
            // Foundation would guess UTF-16 or UTF-32 from zero bytes and byte order marks.
            guard !bytes.contains(0), bytes.first ?? 0xFE < 0xEF else { continue }
            let theirs = try? JSONDecoder().decode(Reference.self, from: Data(bytes))
            do {
                let ours = try parseJSON(bytes)
                let agrees = theirs.map { same(ours, $0) } ?? ours.holdsZeroDouble
                #expect(agrees, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
            } catch {
                refused += 1
                let before = bytes[..<error.offset].last { $0 > 0x20 }
                let isStricter =
                    error.message.hasPrefix("duplicate") || error.message.hasPrefix("nested")
                    || before == UInt8(ascii: ",")
                // The decoder alone takes an array that ends with the input, behind a number.
                let others = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
                #expect(
                    theirs == nil || others == nil || isStricter,
                    "seed \(seed): \(String(decoding: bytes, as: UTF8.self)): \(error)")
            }
        }
        #expect(refused > 1_000, "seed \(seed): the mutations hardly break anything")
    }
}

/// What Foundation makes of JSON. Its decoder, not JSONSerialization: that one reads long fractions as
/// decimals, which convert to doubles inexactly.
private enum Reference: Decodable {
    case null
    case bool(Bool)
    case number(Double, Int64?)
    case string(String)
    case array([Reference])
    case object([String: Reference])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .bool(flag)
        } else if let text = try? value.decode(String.self) {
            self = .string(text)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number, try? value.decode(Int64.self))
        } else if let elements = try? value.decode([Reference].self) {
            self = .array(elements)
        } else {
            self = .object(try value.decode([String: Reference].self))
        }
    }
}

private func same(_ ours: JSONValue, _ theirs: Reference) -> Bool {
    switch (ours, theirs) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.integer(let left), .number(_, let right)): left == right
    case (.number(let left), .number(let right, _)): left == right
    case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
    case (.array(let left), .array(let right)):
        left.count == right.count && zip(left, right).allSatisfy { same($0, $1) }
    case (.object(let left), .object(let right)):
        left.members.count == right.count
            && left.members.allSatisfy { member in right[member.key].map { same(member.value, $0) } ?? false }
    default: false
    }
}

extension JSONValue {
    /// Whether there is a zero with a fraction or an exponent in it.
    fileprivate var holdsZeroDouble: Bool {
        switch self {
        case .number(let number): number == 0
        case .array(let elements): elements.contains(where: \.holdsZeroDouble)
        case .object(let object): object.members.contains(where: \.value.holdsZeroDouble)
        case .null, .bool, .integer, .string: false
        }
    }
}

/// Writes random JSON in random spellings.
struct JSONGenerator {
    var random: Randomness

    mutating func text(depth: Int = 0) -> String {
        switch Int.random(in: 0..<(depth < 6 ? 9 : 7), using: &self.random) {
        case 0: "null"
        case 1: "true"
        case 2: "false"
        case 3, 4: self.number()
        case 5, 6: self.string()
        case 7: "[" + self.list { $0.text(depth: depth + 1) } + "]"
        default: self.object(depth: depth)
        }
    }

    mutating func space() -> String {
        self.random.chance(80) ? "" : self.random.pick([" ", "\t", "\n", "\r", "  \r\n"])
    }

    private mutating func list(_ element: (inout JSONGenerator) -> String) -> String {
        (0..<Int.random(in: 0...4, using: &self.random)).map { _ in
            self.space() + element(&self) + self.space()
        }
        .joined(separator: ",")
    }

    private mutating func object(depth: Int) -> String {
        var count = 0
        let members = self.list { generator in
            count += 1
            return "\"\(count)\(generator.content())\"\(generator.space()):\(generator.space())"
                + generator.text(depth: depth + 1)
        }
        return "{" + members + "}"
    }

    private mutating func number() -> String {
        let sign = self.random.chance(30) ? "-" : ""
        let digits =
            UInt64.random(in: 1...UInt64.max, using: &self.random)
            >> UInt64.random(in: 0..<64, using: &self.random)
        let whole = self.random.chance(20) ? "0" : String(max(1, digits))
        let fraction =
            self.random.chance(40)
            ? ".\(self.random.next() >> UInt64.random(in: 0..<64, using: &self.random))" : ""
        let exponent =
            self.random.chance(20)
            ? self.random.pick(["e", "E"]) + self.random.pick(["", "+", "-"])
                + "\(Int.random(in: 0...280, using: &self.random))" : ""
        let text = sign + whole + fraction + exponent
        return text == "-0" ? "0" : text
    }

    private mutating func string() -> String { "\"\(self.content())\"" }

    private mutating func content() -> String {
        (0..<Int.random(in: 0...12, using: &self.random)).map { _ in self.character() }.joined()
    }

    private mutating func character() -> String {
        switch Int.random(in: 0..<8, using: &self.random) {
        case 0: self.random.pick(["\\n", "\\t", "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\r"])
        case 1: self.random.pick(["\\u0041", "\\u00e9", "\\uD83D\\uDE00", "\\u001f", "\\uFFFD"])
        case 2: self.random.pick(["é", "€", "😀", "\u{7f}", "\u{2028}", "日"])
        default: self.random.pick(["a", "b", " ", "0", "{", "]", ":", ",", "z", "."])
        }
    }

    /// One to three bytes deleted, doubled or replaced.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &self.random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &self.random)
            switch Int.random(in: 0..<4, using: &self.random) {
            case 0: bytes.remove(at: index)
            case 1: bytes.insert(bytes[index], at: index)
            case 2: bytes[index] = self.random.pick(Array("{}[]\",:0123456789.eE+-\\utfn ".utf8))
            default: bytes[index] = UInt8.random(in: 0...255, using: &self.random)
            }
        }
        return bytes
    }
}
