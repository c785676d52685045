import BreakerCore
import Testing

@testable import BreakerWire

/// The parser of the hot requests may stand back, but what it takes it must understand as the strict parser
/// and the decoder do.
@Suite("The fast path and the strict path agree")
struct AgreementTests {
    @Test("on generated lines, whole and mutated", arguments: [UInt64.random(in: 0...UInt64.max)])
    func generated(seed: UInt64) {
        var generator = LineGenerator(json: JSONGenerator(random: Randomness(seed: seed)))
        var limits = WireLimits()
        limits.batch = 6
        var (taken, lines) = (0, 0)
        for round in 0..<110_000 {
            var bytes = Array(generator.line().utf8)
            if round % 3 == 0 { bytes = generator.json.mutated(bytes) }
            // A line feed would have ended the line.
            bytes = bytes.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }
            lines += 1
            guard let fast = readFast(bytes, limits: limits) else { continue }
            taken += 1
            let isSame = withBytes(bytes) { isEqual(fast, RequestParser.parse($0, limits: limits)) }
            #expect(isSame, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(taken > lines / 5, "seed \(seed): the fast path took only \(taken) of \(lines)")
    }

    @Test(
        "and the fast path takes what clients usually send",
        arguments: [
            #"{"op":"ping"}"#, #"{"op":"ping","id":2}"#, #"{"id":2,"op":"ping"}"#,
            "{\"op\":\"ping\",\"id\":\"a b\"}\r",
            #"{"op":"acquire","id":3,"breaker":"payments"}"#, #"{"breaker":"p","op":"acquire"}"#,
            #" { "op" : "acquire" , "id" : 3 , "breaker" : "p" , "lease_ms" : 3000 } "#,
            #"{"op":"acquire","id":9007199254740991,"breaker":"a.b_c:d/e@f-9","lease_ms":1.5}"#,
            #"{"op":"report","id":5,"breaker":"p","generation":40,"outcome":"failure","duration_ms":120.5,"error":"X"}"#,
            #"{"op":"report","breaker":"p","permit":"42.1","outcome":"success","duration_ms":12}"#,
            #"{"op":"report","breaker":"p","outcome":"timeout","retry_after_ms":1000}"#,
            #"{"op":"report","id":6,"sequence":118,"reports":[{"breaker":"p","generation":40,"success":120,"failure":3,"#
                + #""timeout":1,"ignored":0,"rejected":0,"slow":2,"trailing_failures":0,"duration_sum_ms":1440.0,"#
                + #""error":"ConnectTimeout"}, {"breaker":"q"}]}"#,
            #"{"op":"release","id":7,"breaker":"payments","permit":"42.1"}"#,
        ])
    func usual(line: String) throws {
        let fast = try #require(readFast(Array(line.utf8)), "not taken")
        #expect(isEqual(fast, parse(line)))
    }

    @Test("at every cut of a line: a prefix of a line is never taken")
    func prefixes() {
        let line = Array(
            #"{"op":"report","breaker":"p","outcome":"failure","retry_after_ms":1000,"error":"X"}"#.utf8)
        for count in 0..<line.count {
            #expect(readFast(Array(line[..<count])) == nil)
        }
    }

    @Test("nothing without a line feed at its end is taken")
    func withoutEnd() {
        withBytes(Array(#"{"op":"ping"}"#.utf8)) { bytes in
            var hot = HotLine(limits: WireLimits())
            let isTaken = hot.read(bytes)
            #expect(!isTaken)
        }
    }
}

private func isEqual(_ fast: (request: Request, id: String), _ strict: ParsedLine) -> Bool {
    guard case .request(let request, let id) = strict else { return false }
    return fast.request == request && fast.id == id.json
}

/// Writes lines that look like hot requests, most of them right.
private struct LineGenerator {
    var json: JSONGenerator

    private static let names = [
        "payments", "a", "a.b_c:d/e@f-9", String(repeating: "n", count: 128), "", "a b", "é", "Zz9",
        "1234567",
        "12345678", "123456789", "payments/eu;1", "payments[0]", "a`b", "A{", "^", "+1", "a,b", "\u{7f}",
    ]
    private static let strings = [
        #""success""#, #""failure""#, #""timeout""#, #""ignored""#, #""1.1""#, #""x\n""#, "\"é\"",
    ]
    private static let batchKeys = [
        "generation", "success", "failure", "timeout", "ignored", "rejected", "slow", "trailing_failures",
        "duration_sum_ms", "durations", "error", "unknown",
    ]

    mutating func line() -> String {
        let members: [(String, String)]
        let name = self.name()
        switch self.int(0...5) {
        case 0: members = [("op", "\"ping\"")]
        case 1: members = [("op", "\"acquire\""), ("breaker", name)] + self.maybe(["lease_ms"])
        case 2: members = [("op", "\"release\""), ("breaker", name), ("permit", self.permit())]
        case 3:
            members = [("op", "\"report\""), ("reports", self.batch())] + self.maybe(["sequence"])
        default:
            members =
                [("op", "\"report\""), ("breaker", name), ("outcome", self.json.random.pick(Self.strings))]
                + self.maybe(["generation", "permit", "duration_ms", "error", "retry_after_ms"])
        }
        return self.object(members + self.maybe(["id"]) + self.rare(["id", "lease_ms", "x", "reports"]))
    }

    private mutating func batch() -> String {
        let elements = (0..<self.int(0...4)).map { _ in
            let members = [("breaker", self.name())] + self.maybe(Self.batchKeys)
            return self.json.space() + self.object(members) + self.json.space()
        }
        return "[" + elements.joined(separator: ",") + "]"
    }

    private mutating func object(_ members: [(String, String)]) -> String {
        let members = members.shuffled(using: &self.json.random).map { key, value in
            "\(self.json.space())\"\(key)\"\(self.json.space()):\(self.json.space())\(value)\(self.json.space())"
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    private mutating func maybe(_ keys: [String]) -> [(String, String)] {
        keys.filter { _ in self.json.random.chance(60) }.map { ($0, self.value($0)) }
    }

    private mutating func rare(_ keys: [String]) -> [(String, String)] {
        keys.filter { _ in self.json.random.chance(3) }.map { ($0, self.value($0)) }
    }

    private mutating func value(_ key: String) -> String {
        if self.json.random.chance(4) { return self.json.text(depth: 5) }
        switch key {
        case "permit": return self.permit()
        case "error":
            return self.json.random.pick([
                #""X""#, #""Connect Timeout""#, "\"\"", "\"\(String(repeating: "e", count: 64))\"",
            ])
        case "id":
            return self.json.random.pick([
                "0", "7", "9007199254740991", "9007199254740992", "\"a\"", "\"\"", "1.0",
            ])
        case "duration_ms", "lease_ms", "retry_after_ms", "duration_sum_ms": return self.milliseconds()
        case "durations": return self.durations()
        case "sequence", "generation":
            return self.json.random.pick(["0", "1", "40", "9007199254740991", "99999999999999999999", "01"])
        default: return String(self.int(0...20))
        }
    }

    /// Mostly pairs, and few calls, since an element may not tell of more than it has.
    private mutating func durations() -> String {
        let pairs = (0..<(self.json.random.chance(2) ? 241 : self.int(0...3))).map { _ in
            let members = [self.milliseconds(), self.json.random.chance(5) ? "1.0" : String(self.int(0...2))]
            let inside = members.map { "\(self.json.space())\($0)\(self.json.space())" }
            return self.json.random.chance(3) ? "4" : "[\(inside.joined(separator: ","))]"
        }
        return "[\(pairs.joined(separator: ",\(self.json.space())"))]"
    }

    private mutating func milliseconds() -> String {
        switch self.int(0...4) {
        case 0: String(self.int(0...90_000_000))
        case 1: "\(self.int(0...400_000)).\(self.int(0...999_999_999))"
        case 2:
            self.json.random.pick([
                "0", "0.5", "1", "1.0", "300000", "300000.1", "00", "1.", "0.000000001", "86400000",
            ])
        default: "\(self.int(0...5_000)).\(self.int(0...9))"
        }
    }

    private mutating func permit() -> String {
        self.json.random.pick([
            #""42.1""#, #""1.1""#, #""9007199254740991.9007199254740991""#, #""0.1""#, #""4.""#, #""1.2.3""#,
            #""01.1""#,
        ])
    }

    private mutating func name() -> String {
        self.json.random.chance(90) ? "\"payments\"" : "\"\(self.json.random.pick(Self.names))\""
    }

    private mutating func int(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &self.json.random)
    }
}
