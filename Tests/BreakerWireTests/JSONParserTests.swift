import Testing

@testable import BreakerWire

@Suite("The JSON parser is strict")
struct JSONParserTests {
    @Test(
        "Valid text gives its value",
        arguments: [
            ("null", .null), (" true ", true), ("false", false), ("0", 0), ("-1", -1),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("-0", .number(-0.0)),
            ("1.5", .number(1.5)),
            ("1e3", .number(1000)), ("1E-2", .number(0.01)), ("0.1", .number(0.1)), ("1e-999", .number(0)),
            ("\"\"", ""), (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{c}\n\r\t"), (#""\u00e9\u20AC""#, "é€"),
            (#""\ud83d\ude00""#, "😀"), ("\"é\u{2028}\u{7f}\"", "é\u{2028}\u{7f}"), (#""\u0000""#, "\0"),
            ("[]", .array([])), ("[1, [2]]", .array([1, .array([2])])), ("{}", .object([:])),
            ("\t{\"a\" : 1 ,\r\n\"b\":[{}]}", .object(["a": 1, "b": .array([.object([:])])])),
            (
                "[[[[[[[[]]]]]]]]",
                .array([.array([.array([.array([.array([.array([.array([.array([])])])])])])])])
            ),
        ] as [(String, JSONValue)])
    func valid(text: String, value: JSONValue) throws {
        #expect(try parseJSON(text) == value)
    }

    @Test(
        "What RFC 8259 does not allow is refused with its place",
        arguments: [
            ("", 0), (" ", 1), ("nul", 0), ("True", 0), ("1 2", 2), ("01", 0), ("-", 1), ("+1", 0), (".5", 0),
            ("1.", 2), ("1e", 2), ("1e+", 3), ("0x1", 1), ("NaN", 0), ("1e999", 0), ("-1e999", 0),
            ("[1,]", 3),
            ("[1 2]", 3), ("[", 1), ("{\"a\":1,}", 7), ("{a:1}", 1), ("{\"a\" 1}", 5), ("{\"a\":}", 5),
            ("{\"a\":1", 6), ("\"abc", 0), ("\"a\u{1}\"", 2), ("\"\\n\u{1}\"", 3), (#""\x""#, 1),
            (#""\u12""#, 5),
            (#""\ud800""#, 1), (#""\udc00""#, 1), (#""\ud800\u0041""#, 1), ("\"\\", 2), ("'a'", 0),
            ("[[[[[[[[[]]]]]]]]]", 8), ("{\"a\":1}}", 7), ("\u{feff}1", 0), ("// x", 0), ("1//x", 1),
        ])
    func invalid(text: String, offset: Int) {
        let problem = #expect(throws: JSONProblem.self) { try parseJSON(text) }
        #expect(problem?.offset == offset, "\(problem?.message ?? "")")
    }

    @Test(
        "Bytes that are not UTF-8 are refused",
        arguments: [
            [0xFF], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
            [0x5C, 0x6E, 0xFF],
        ] as [[UInt8]])
    func utf8(bytes: [UInt8]) {
        #expect(throws: JSONProblem.self) { try parseJSON([0x22] + bytes + [0x22]) }
    }

    @Test(
        "A second key of an object is refused and named, in small and large objects",
        arguments: [0, 7, 8, 50])
    func duplicates(others: Int) {
        let members = (0..<others).map { "\"k\($0)\":\($0)" } + ["\"id\":1", "\"\\u0069d\":2"]
        let problem = #expect(throws: JSONProblem.self) {
            try parseJSON("{" + members.joined(separator: ",") + "}")
        }
        #expect(problem?.field == "id")
        #expect(problem?.message == "duplicate key \"id\"")
    }

    @Test("Keys that differ only in their Unicode spelling are two keys")
    func spellings() throws {
        guard case .object(let object) = try parseJSON(#"{"\u00e9":1,"e\u0301":2}"#) else {
            Issue.record("not an object")
            return
        }
        #expect(object.members.map(\.value) == [1, 2])
    }

    @Test("Depth can be bounded otherwise")
    func depth() {
        #expect(throws: JSONProblem.self) {
            try withBytes(Array("[[1]]".utf8)) { bytes in
                Result { try JSONParser.parse(bytes, maximumDepth: 1) }
            }.get()
        }
    }

    @Test(
        "Time grows with the line, not with its square",
        arguments: [
            "{" + (0..<6_000).map { "\"k\($0)\":1" }.joined(separator: ",") + "}",
            String(repeating: "9", count: 65_000), "0." + String(repeating: "9", count: 65_000),
            "\"" + String(repeating: "\\n", count: 32_000) + "\"",
            "[" + String(repeating: "0,", count: 32_000) + "0]",
        ])
    func linear(text: String) {
        // Quadratic work on 65,000 bytes would be 4 · 10⁹ steps: minutes in a debug build.
        let elapsed = ContinuousClock().measure { _ = try? parseJSON(text) }
        #expect(elapsed < .seconds(5))
    }
}
