import NIOCore
import Testing

@testable import BreakerWire

@Suite("The JSON writer")
struct JSONWriterTests {
    @Test("writes members, nested objects and arrays compactly, and leaves out what is nil")
    func builder() {
        let line = written { buffer in
            buffer.writeJSONLine { object in
                object.raw("id", "7".utf8)
                object.field("ok", true)
                object.field("none", nil as Int?)
                object.null("cursor")
                object.object("window") {
                    $0.field("calls", 52)
                    $0.field("rate", 0.5)
                }
                object.array("list") {
                    $0.element("a")
                    $0.element { $0.field("n", UInt64.max) }
                    $0.element(Int64.min)
                }
                object.object("empty") { _ in }
                object.object(named: "dyn\"") { $0.field(named: "k", UInt32(1)) }
                object.field("last", false)
            }
        }
        let expected = #"""
            {"id":7,"ok":true,"cursor":null,"window":{"calls":52,"rate":0.5},"list":["a",{"n":18446744073709551615},\#
            -9223372036854775808],"empty":{},"dyn\"":{"k":1},"last":false}
            """#
        #expect(line == expected + "\n")
    }

    @Test(
        "writes doubles shortest, whole ones without exponent, and null for what JSON cannot say",
        arguments: [
            (0, "0"), (-0.0, "-0.0"), (1, "1"), (1440, "1440"), (0.1, "0.1"), (1e15, "1000000000000000"),
            (1e18, "1000000000000000000"), (-2.5, "-2.5"), (2.5e-300, "2.5e-300"), (1e300, "1e+300"),
            (.infinity, "null"), (-.infinity, "null"), (.nan, "null"), (32.0 / 52, "0.6153846153846154"),
        ] as [(Double, String)])
    func doubles(value: Double, text: String) {
        #expect(JSONValue.number(value).description == text)
    }

    @Test("escapes what must be escaped and nothing else")
    func strings() {
        let all = String(String.UnicodeScalarView((0..<0x30).compactMap(Unicode.Scalar.init))) + "\\é\u{7f}😀"
        let text = JSONValue.string(all).description
        #expect(text.hasPrefix(#""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e"#))
        #expect(text.hasSuffix("\\\\é\u{7f}😀\""))
        #expect((try? parseJSON(text)) == .string(all))
    }

    @Test("writes what the parser reads back as the same value")
    func roundTrip() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = JSONGenerator(random: Randomness(seed: seed))
        for _ in 0..<5_000 {
            let value = try parseJSON(generator.text())
            let again = try parseJSON(value.description)
            #expect(again.wholeNumbersAsIntegers == value.wholeNumbersAsIntegers, "seed \(seed): \(value)")
        }
    }

    @Test("keeps what the buffer held before")
    func appends() {
        var buffer = ByteBuffer(string: "before\n")
        buffer.writeJSONObject { $0.field("a", 1) }
        #expect(String(buffer: buffer) == "before\n{\"a\":1}")
    }
}

extension JSONValue {
    /// `1.0` is written as `1`: the same number, of the other kind.
    fileprivate var wholeNumbersAsIntegers: JSONValue {
        switch self {
        case .number(let number): Int64(exactly: number).map(JSONValue.integer) ?? self
        case .array(let elements): .array(elements.map(\.wholeNumbersAsIntegers))
        case .object(let object):
            .object(
                object.members.reduce(into: JSONObject()) {
                    $0.append($1.key, $1.value.wholeNumbersAsIntegers)
                })
        case .null, .bool, .integer, .string: self
        }
    }
}
