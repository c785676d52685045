import BreakerClient
import BreakerWire
import Testing

private struct ConnectTimeout: Error {}

@Suite("In the cached mode", .timeLimit(.minutes(1)))
struct CachedTests {
    @Test("a closed breaker is decided without asking, and told within 100 ms")
    func closed() async throws {
        let pair = try await CachedPair()
        for _ in 0..<3 { #expect(try await pair.breaker.run { 7 } == 7) }
        #expect(try await pair.isSilent())
        await pair.advance(by: .milliseconds(99))
        #expect(try await pair.isSilent())
        await pair.advance(by: .milliseconds(1))
        let batch = try await pair.connection.expect("report")
        #expect(batch.text.contains(#""breaker":"payments","generation":40,"success":3,"failure":0"#))
        #expect(batch["sequence"] != nil)
    }

    @Test("a failure is told at once, further ones after 5 ms, with those that trail")
    func failure() async throws {
        let pair = try await CachedPair()
        _ = try await pair.breaker.run { 7 }
        _ = try? await pair.breaker.run { throw ConnectTimeout() }
        let first = try await pair.connection.expect("report")
        #expect(first.text.contains(#""success":1,"failure":1,"timeout":0"#))
        #expect(first.text.contains(#""trailing_failures":1"#))
        #expect(first.text.contains(#""error":"ConnectTimeout""#))
        pair.connection.reply(first, #""results":[]"#)
        _ = try? await pair.breaker.run { throw ConnectTimeout() }
        _ = try? await pair.breaker.run { throw ConnectTimeout() }
        #expect(try await pair.isSilent())
        await pair.advance(by: .milliseconds(5))
        let second = try await pair.connection.expect("report")
        #expect(second.text.contains(#""success":0,"failure":2"#))
        #expect(second.text.contains(#""trailing_failures":2"#))
    }

    @Test("an open breaker is refused without asking until its time is over")
    func open() async throws {
        let pair = try await CachedPair(CachedPair.open)
        let error = await #expect(throws: BreakerOpen.self) { try await pair.breaker.run { 1 } }
        #expect(error?.reason == .open)
        let retryAfter = try #require(error?.retryAfter)
        #expect(retryAfter >= .seconds(3) && retryAfter <= .milliseconds(3_300))
        await pair.advance(by: .seconds(3))
        let batch = try await pair.connection.expect("report")
        #expect(batch.text.contains(#""rejected":1"#))
        async let value = pair.breaker.run { 7 }
        let acquire = try await pair.connection.expect("acquire")
        pair.connection.reply(
            acquire,
            #""allowed":true,"state":"half_open","generation":42,"permit":"42.1","lease_ms":3000"#)
        #expect(try await value == 7)
        #expect(try await pair.connection.expect("report")["permit"] == "42.1")
    }

    @Test("those who are refused are spread over a tenth of the time that the breaker stays open")
    func spread() async throws {
        let pair = try await CachedPair(CachedPair.open)
        var waits: Set<Duration> = []
        for _ in 0..<32 {
            let error = await #expect(throws: BreakerOpen.self) { try await pair.breaker.run { 1 } }
            waits.insert(try #require(error?.retryAfter))
        }
        #expect(waits.count >= 16)
        #expect(waits.allSatisfy { $0 >= .seconds(3) && $0 <= .milliseconds(3_300) })
    }

    @Test("a refusal's wait counts down to zero")
    func countdown() async throws {
        let pair = try await CachedPair(CachedPair.open)
        let error = await #expect(throws: BreakerOpen.self) { try await pair.breaker.run { 1 } }
        let wait = try #require(error?.retryAfter)
        await pair.advance(by: .seconds(1))
        #expect(error?.retryAfter == wait - .seconds(1))
        await pair.advance(by: .seconds(9))
        #expect(error?.retryAfter == .zero)
    }

    @Test("refusals are told under the generation in which they were given")
    func refusals() async throws {
        let pair = try await CachedPair(CachedPair.open)
        for _ in 0..<2 { await #expect(throws: BreakerOpen.self) { try await pair.breaker.run { 1 } } }
        pair.event(#""state":"open","generation":43,"retry_after_ms":5000"#)
        try await pair.settle()
        let error = await #expect(throws: BreakerOpen.self) { try await pair.breaker.run { 1 } }
        #expect(try #require(error?.retryAfter) >= .seconds(5))
        await pair.advance(by: .milliseconds(100))
        let batch = try await pair.connection.expect("report")
        let nothingElse = #""success":0,"failure":0,"timeout":0,"ignored":0"#
        #expect(batch.text.contains(#""generation":41,\#(nothingElse),"rejected":2"#))
        #expect(batch.text.contains(#""generation":43,\#(nothingElse),"rejected":1"#))
    }

    @Test("a thousand successes make a batch by their number")
    func thousand() async throws {
        let pair = try await CachedPair()
        for _ in 0..<999 { try await pair.breaker.run {} }
        #expect(try await pair.isSilent())
        for _ in 0..<(1 + 8 * 125) { try await pair.breaker.run {} }
        _ = try await pair.connection.expect("report")
    }

    @Test("half-open is asked for; an answer that no probe is free holds for 100 ms")
    func probing() async throws {
        let pair = try await CachedPair(CachedPair.halfOpen)
        let first = Task { try await pair.breaker.run { 1 } }
        pair.connection.reply(
            try await pair.connection.expect("acquire"),
            #""allowed":false,"state":"half_open","reason":"probing","retry_after_ms":800,"generation":42"#)
        await #expect(throws: BreakerOpen.self) { try await first.value }
        let error = await #expect(throws: BreakerOpen.self) { try await pair.breaker.run { 1 } }
        #expect(error == BreakerOpen(breaker: "payments", reason: .probing, retryAfter: .milliseconds(100)))
        await pair.advance(by: .milliseconds(100))
        _ = try await pair.connection.expect("report")
        let second = Task { try await pair.breaker.run { 1 } }
        _ = try await pair.connection.expect("acquire")
        second.cancel()
    }

    @Test("a change that is told is in force for the next call; an older one is not")
    func events() async throws {
        let pair = try await CachedPair()
        pair.event(CachedPair.open)
        pair.event(#""state":"closed","generation":39"#)
        try await pair.settle()
        await #expect(throws: BreakerOpen.self) { try await pair.breaker.run { 1 } }
        pair.event(#""state":"open","generation":43,"override":{"mode":"open"}"#)
        try await pair.settle()
        let error = await #expect(throws: BreakerOpen.self) { try await pair.breaker.run { 1 } }
        #expect(error == BreakerOpen(breaker: "payments", reason: .forcedOpen, retryAfter: nil))
    }

    @Test("a mirror that misses three heartbeats is not believed")
    func distrust() async throws {
        let pair = try await CachedPair()
        await pair.advance(by: .milliseconds(14_999))
        #expect(try await pair.breaker.run { 7 } == 7)
        await pair.advance(by: .milliseconds(1))
        let ping = try await pair.connection.expect("ping")
        pair.connection.reply(ping, #""now_ms":1"#)
        let value = Task { try await pair.breaker.run { 7 } }
        pair.connection.reply(
            try await pair.connection.expect("acquire"),
            #""allowed":true,"state":"closed","generation":40"#)
        #expect(try await value.value == 7)
    }

    @Test("an unacknowledged batch is sent again under its number")
    func again() async throws {
        var pair = try await CachedPair()
        _ = try? await pair.breaker.run { throw ConnectTimeout() }
        let first = try await pair.connection.expect("report")
        pair.connection.close()
        try await pair.lose()
        await pair.advance(by: .milliseconds(2))
        pair.connection = try await pair.daemon.greet()
        let second = try await pair.connection.expect("report")
        #expect(second["sequence"] == first["sequence"])
        #expect(second["reports"] == first["reports"])
    }

    @Test("what was counted while the daemon was away is told under the generation known before")
    func merged() async throws {
        var pair = try await CachedPair { $0.reconnectMinimum = .seconds(1) }
        pair.connection.close()
        try await pair.lose()
        for _ in 0..<3 { _ = try? await pair.breaker.run { throw ConnectTimeout() } }
        await pair.advance(by: .seconds(1))
        pair.connection = try await pair.daemon.greet()
        let batch = try await pair.connection.expect("report")
        #expect(batch.text.contains(#""generation":40,"success":0,"failure":3"#))
    }

    @Test("a policy that changes is asked for again; a slow call by it is told at once")
    func policyChanges() async throws {
        let pair = try await CachedPair()
        pair.connection.event(pair.watch, #""event":"heartbeat","revision":9,"policy_changes":0"#)
        pair.connection.event(pair.watch, #""event":"heartbeat","revision":9,"policy_changes":1"#)
        let question = try await pair.connection.expect("policy.get")
        pair.connection.reply(question, #""policy":{"slow_call":"200ms"},"sources":{}"#)
        try await pair.settle()
        let permit = try await pair.breaker.acquire()
        permit.report(.success, duration: .milliseconds(200))
        let batch = try await pair.connection.expect("report")
        #expect(batch.text.contains(#""success":1"#))
        #expect(batch.text.contains(#""slow":1"#))
    }

    @Test("a daemon that leaves one call unanswered is not asked again until it shows a sign of life")
    func unresponsive() async throws {
        let pair = try await CachedPair(CachedPair.halfOpen) { $0.callDeadline = .milliseconds(50) }
        let first = Task { try await pair.breaker.run { 1 } }
        _ = try await pair.connection.expect("acquire")
        await pair.advance(by: .milliseconds(50))
        // The breaker of this process begins half-open too, and takes the call as its probe.
        #expect(try await first.value == 1)
        #expect(try await pair.breaker.run { 2 } == 2)
        // A sign of life.
        pair.event(#""state":"half_open","generation":44"#)
        try await pair.settle()
        await pair.advance(by: .milliseconds(100))
        _ = try await pair.connection.expect("report")
        let next = Task { try await pair.breaker.run { 3 } }
        _ = try await pair.connection.expect("acquire")
        next.cancel()
    }

    @Test("what is too old to decide anything is told as late, and shutdown tells everything")
    func staleAndShutdown() async throws {
        var pair = try await CachedPair { $0.reconnectMinimum = .seconds(20) }
        pair.connection.close()
        try await pair.lose()
        _ = try? await pair.breaker.run { throw ConnectTimeout() }
        await pair.advance(by: .seconds(20))
        pair.connection = try await pair.daemon.greet()
        let late = try await pair.connection.expect("report")
        #expect(late.text.contains(#""generation":0,"success":0,"failure":1"#))
        pair.connection.reply(late, #""results":[]"#)
        pair.connection.reply(try await pair.connection.expect("watch"), #""mode":"snapshot""#)
        let value = Task { try await pair.breaker.run { 1 } }
        pair.connection.reply(
            try await pair.connection.expect("acquire"),
            #""allowed":true,"state":"closed","generation":40"#)
        _ = try await value.value
        let end = Task { await pair.client.shutdown() }
        let last = try await pair.connection.expect("report")
        #expect(last.text.contains(#""success":1"#))
        pair.connection.reply(last, #""results":[]"#)
        pair.connection.reply(try await pair.connection.expect("ping"), #""now_ms":1"#)
        await end.value
        #expect(pair.client.droppedOutcomes == 0)
    }

    @Test("the last good value stands in for a call that fails, until it is too old")
    func lastGood() async throws {
        let pair = try await CachedPair()
        let last = LastGood<Int>(maximumAge: .seconds(10))
        #expect(try await pair.breaker.run(orLastGood: last) { 7 } == 7)
        // A value that is counted as a failure is not kept.
        #expect(try await pair.breaker.run(orLastGood: last, classify: { _ in .failure }) { 8 } == 8)
        await pair.advance(by: .seconds(10))
        #expect(try await pair.breaker.run(orLastGood: last) { throw ConnectTimeout() } == 7)
        await pair.advance(by: .nanoseconds(1))
        await #expect(throws: ConnectTimeout.self) {
            try await pair.breaker.run(orLastGood: last) { throw ConnectTimeout() }
        }
    }
}
