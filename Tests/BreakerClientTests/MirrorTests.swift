import BreakerClient
import BreakerWire
import Testing

@Suite("The mirror", .timeLimit(.minutes(1)))
struct MirrorTests {
    private static let allowed = #""allowed":true,"state":"closed","generation":50"#

    @Test("takes what a snapshot does not tell as unknown, and asks")
    func omitted() async throws {
        let pair = try await CachedPair(nil)
        try await self.expectQuestion(pair)
    }

    @Test("takes a forgotten breaker as unknown, and asks")
    func forgotten() async throws {
        let pair = try await CachedPair()
        pair.connection.event(pair.watch, #""event":"forgotten","revision":10,"breaker":"payments""#)
        try await pair.settle()
        try await self.expectQuestion(pair)
    }

    @Test(
        "goes by what is known until the snapshot after a reset is complete; a lower generation counts in it")
    func reset() async throws {
        let pair = try await CachedPair()
        pair.connection.event(pair.watch, #""event":"reset","reason":"slow""#)
        try await pair.settle()
        #expect(try await pair.breaker.run { 1 } == 1)
        pair.event(#""state":"open","generation":12,"retry_after_ms":3000"#)
        pair.connection.event(pair.watch, #""event":"synced","revision":20"#)
        try await pair.settle()
        await #expect(throws: BreakerOpen.self) { try await pair.breaker.run { 1 } }
    }

    @Test("watches a further name by a new watch, and ends the former when that is answered")
    func further() async throws {
        let pair = try await CachedPair()
        let stock = pair.client.breaker("stock")
        let watch = try await pair.connection.expect("watch")
        #expect(watch.text.contains(#""breakers":["payments","stock"]"#))
        // The former still tells what it watches.
        pair.event(CachedPair.open)
        try await pair.settle()
        await #expect(throws: BreakerOpen.self) { try await pair.breaker.run { 1 } }
        pair.connection.reply(watch, #""mode":"snapshot""#)
        let unwatch = try await pair.connection.expect("unwatch")
        #expect(unwatch["watch"] == .integer(pair.watch.id))
        for name in ["payments", "stock"] {
            pair.connection.event(
                watch,
                #""event":"state","revision":8,"breaker":"\#(name)","state":"closed","generation":50"#)
        }
        pair.connection.event(watch, #""event":"synced","revision":20"#)
        try await pair.settle()
        #expect(try await pair.breaker.run { 1 } == 1)
        #expect(try await stock.run { 2 } == 2)
        #expect(try await pair.isSilent())
    }

    private func expectQuestion(_ pair: CachedPair) async throws {
        let value = Task { try await pair.breaker.run { 1 } }
        pair.connection.reply(try await pair.connection.expect("acquire"), MirrorTests.allowed)
        #expect(try await value.value == 1)
    }
}
