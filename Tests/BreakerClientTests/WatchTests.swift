import BreakerWire
import Testing

@testable import BreakerClient

@Suite("A watch", .timeLimit(.minutes(1)))
struct WatchTests {
    private func state(_ revision: Int) -> String {
        #""event":"state","revision":\#(revision),"breaker":"a","state":"closed","generation":1"#
    }

    @Test("tells snapshot, synced, changes and heartbeats in their order, over a connection of its own")
    func events() async throws {
        let pair = try await Pair()
        var events = pair.client.watch(["pay*", "?"]).makeAsyncIterator()
        let connection = try await pair.daemon.greet()
        let watch = try await connection.expect("watch")
        #expect(watch["breakers"] == .array(["pay*", "?"]))
        #expect(watch["since"] == nil)
        connection.reply(watch, #""mode":"snapshot""#)
        connection.event(watch, self.state(801))
        connection.event(watch, #""event":"of_tomorrow","revision":803"#)
        connection.event(watch, #""event":"synced","revision":812"#)
        connection.event(watch, #""event":"forgotten","revision":840,"breaker":"b""#)
        guard case .state(let change)? = try await events.next() else { throw Missing("a state") }
        #expect(change.revision == 801)
        #expect(try await events.next() == .synced(revision: 812))
        #expect(try await events.next() == .forgotten(breaker: "b", revision: 840))
    }

    @Test("resumes after a lost connection without a word, from the last revision it has told")
    func resume() async throws {
        let pair = try await Pair()
        var events = pair.client.watch(["*"]).makeAsyncIterator()
        let first = try await pair.daemon.greet()
        let watch = try await first.expect("watch")
        first.reply(watch, #""mode":"snapshot""#)
        first.event(watch, self.state(3))
        first.event(watch, #""event":"synced","revision":5"#)
        first.event(watch, #""event":"heartbeat","revision":9"#)
        for _ in 0..<3 { _ = try await events.next() }
        first.close()
        let second = try await pair.daemon.greet()
        let again = try await second.expect("watch")
        #expect(again["since"] == 9)
        second.reply(again, #""mode":"resume""#)
        second.event(again, #""event":"synced","revision":9"#)
        #expect(try await events.next() == .synced(revision: 9))
    }

    @Test("says reset where it could not resume")
    func reset() async throws {
        let pair = try await Pair()
        var events = pair.client.watch(["*"], since: 5).makeAsyncIterator()
        let connection = try await pair.daemon.greet()
        let watch = try await connection.expect("watch")
        #expect(watch["since"] == 5)
        connection.reply(watch, #""mode":"snapshot""#)
        connection.event(watch, #""event":"synced","revision":9"#)
        connection.event(watch, #""event":"reset","reason":"slow""#)
        #expect(try await events.next() == .reset(.reconnected))
        #expect(try await events.next() == .synced(revision: 9))
        #expect(try await events.next() == .reset(.slow))
        connection.close()
        let next = try await pair.daemon.greet()
        #expect(try await next.expect("watch")["since"] == nil)
    }

    @Test("throws what asking again cannot cure, once")
    func refused() async throws {
        let pair = try await Pair()
        var events = pair.client.watch(["no spaces"]).makeAsyncIterator()
        let connection = try await pair.daemon.greet()
        connection.refuse(try await connection.expect("watch"), "bad_request", field: "breakers[0]")
        let error = await #expect(throws: BreakerError.self) { try await events.next() }
        #expect(error?.field == "breakers[0]")
        #expect(try await events.next() == nil)
        #expect(try await connection.next() == nil)
    }

    @Test("throws where there is no daemon to begin with")
    func nobody() async throws {
        let client = BreakerClient(
            endpoints: [.unix(path: "/tmp/no-such-breakerd.sock")], configuration: patient())
        var events = client.watch(["*"]).makeAsyncIterator()
        let error = await #expect(throws: BreakerError.self) { try await events.next() }
        #expect(error?.code == .unavailable)
    }

    @Test("ends with its client, and its connection with its iterator")
    func end() async throws {
        let pair = try await Pair()
        let connection: ScriptedConnection
        do {
            var events = pair.client.watch(["*"]).makeAsyncIterator()
            connection = try await pair.daemon.greet()
            _ = try await connection.expect("watch")
            async let done: Void = pair.client.shutdown()
            #expect(try await events.next() == nil)
            pair.connection.reply(try await pair.connection.expect("ping"), #""now_ms":1"#)
            await done
        }
        #expect(try await connection.next() == nil)
    }

    @Test("stops reading while its consumer has not taken what was read")
    func backPressure() async throws {
        let buffer = WatchBuffer(capacity: 4)
        let delivery = WatchDelivery(event: .heartbeat(revision: 1), text: "")
        #expect((0..<5).map { _ in buffer.offer(delivery) } == [false, false, false, true, true])
        var resumes: [Bool] = []
        for _ in 0..<5 { resumes.append(await buffer.next().resumes) }
        #expect(resumes == [false, false, true, false, false])
        buffer.end(with: nil)
        #expect(try await buffer.next().0.get() == nil)
    }

    @Test("loses nothing to a consumer that is slower than the daemon")
    func slowConsumer() async throws {
        var configuration = patient()
        configuration.watchBuffer = 2
        let pair = try await Pair(configuration)
        var events = pair.client.watch(["*"]).makeAsyncIterator()
        let connection = try await pair.daemon.greet()
        let watch = try await connection.expect("watch")
        connection.reply(watch, #""mode":"resume""#)
        let count = 20_000
        for revision in 1...count { connection.event(watch, self.state(revision)) }
        for revision in 1...UInt64(count) {
            guard case .state(let change)? = try await events.next() else { throw Missing("a state") }
            #expect(change.revision == revision)
        }
    }
}
