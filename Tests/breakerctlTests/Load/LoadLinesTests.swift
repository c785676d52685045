import BreakerClient
import BreakerWire
import NIOCore
import Testing

@testable import breakerctl

@Suite("What a load says and hears")
struct LoadLinesTests {
    private static var plan: LoadPlan {
        var plan = LoadPlan()
        plan.mix = LoadMix(argument: "acquire,report,batch,get,ping") ?? .calls
        plan.pipeline = 12
        plan.breakers = 13
        return plan
    }

    private func line(_ operation: LoadOperation, breaker: Int, slot: Int) -> String {
        var buffer = ByteBuffer()
        LoadLines(Self.plan).append(operation, breaker: breaker, slot: slot, to: &buffer)
        return String(buffer: buffer)
    }

    private static let lines: [(LoadOperation, Int, Int, String)] = [
        (.acquire, 3, 0, #"{"op":"acquire","id":0,"breaker":"bench-3"}"#),
        (
            .report, 12, 11,
            #"{"op":"report","id":11,"breaker":"bench-12","outcome":"success","duration_ms":12.5}"#
        ),
        (.get, 0, 7, #"{"op":"get","id":7,"breaker":"bench-0"}"#), (.ping, 9, 1, #"{"op":"ping","id":1}"#),
    ]

    @Test(arguments: LoadLinesTests.lines)
    func `A request is one line`(operation: LoadOperation, breaker: Int, slot: Int, expected: String) {
        #expect(self.line(operation, breaker: breaker, slot: slot) == expected + "\n")
    }

    @Test func `A batch is about ten breakers, round the end of all`() {
        let line = self.line(.batch, breaker: 12, slot: 2)
        #expect(line.hasPrefix(#"{"op":"report","id":2,"reports":[{"breaker":"bench-10","success":10,"#))
        let last = #"{"breaker":"bench-6","success":10,"duration_sum_ms":125,"durations":[[12.455,10]]}]}"#
        #expect(line.hasSuffix(last + "\n"))
        #expect(line.split(separator: "success").count == 11)
        #expect(self.line(.batch, breaker: 10, slot: 2) == line)
    }

    private func reply(_ line: String) -> LoadReply {
        var line = line
        return line.withUTF8 { LoadReply(UnsafeRawBufferPointer($0)) }
    }

    @Test(arguments: [
        (#"{"id":0,"ok":true,"allowed":true,"state":"closed","generation":40}"#, 0, false),
        (#"{"id":511,"ok":true,"allowed":false,"state":"open","reason":"open","generation":4}"#, 511, true),
        (#"{"id":7,"ok":true,"state":"closed","generation":40}"#, 7, false),
        (#"{"id":7,"ok":true}"#, 7, false),
    ])
    func `A reply is told by a few bytes`(line: String, slot: Int, refused: Bool) {
        #expect(self.reply(line) == .answer(slot: slot, refused: refused))
    }

    @Test func `Errors have their code`() {
        let limit = #"{"id":3,"ok":false,"error":{"code":"limit","message":"there are \"2\" already"}}"#
        #expect(self.reply(limit) == .failure(slot: 3, code: "limit"))
        #expect(
            self.reply(limit.replacing("3", with: "null"))
                == .complaint(code: "limit", message: "there are \"2\" already"))
    }

    @Test(arguments: [
        "", "{", "HTTP/1.1 400 Bad Request", #"{"id":"#, #"{"id":3"#, #"{"id":3,"ok":maybe}"#,
        #"{"ok":true,"id":3}"#, #"{"id":null,"ok":true}"#, #"{"id":1234567890,"ok":true}"#,
        #"{"id":"3","ok":true}"#, #"{"id":-3,"ok":true}"#,
    ])
    func `What no breakerd says is no reply`(line: String) {
        #expect(self.reply(line) == .unreadable)
    }

    @Test func `Slots are matched by their number, in any order`() {
        let now = NIODeadline.now()
        var slots = LoadSlots(count: 2)
        #expect(slots.begin(.acquire, at: now) == 0)
        #expect(slots.begin(.report, at: now + .seconds(1)) == 1)
        #expect(slots.isFull)
        #expect(slots.underWay.map(\.started) == [now, now + .seconds(1)])
        #expect(slots.end(1)?.operation == .report)
        #expect(slots.end(1) == nil, "nobody asked")
        #expect(slots.end(2) == nil)
        #expect(!slots.isFull)
        #expect(slots.begin(.get, at: now) == 1)
        #expect(slots.end(0)?.operation == .acquire)
    }
}
