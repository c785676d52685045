import BreakerClient
import BreakerWire
import Testing

@Suite("A connection", .timeLimit(.minutes(1)))
struct ConnectionTests {
    @Test("introduces itself before the first request, which waits for the answer")
    func hello() async throws {
        let daemon = try await ScriptedDaemon()
        let client = BreakerClient(endpoints: [daemon.endpoint], configuration: patient())
        async let pong = client.ping()
        let connection = try await daemon.accept()
        let hello = try await connection.hello()
        #expect(hello["protocol"] == 1)
        #expect(
            hello["client"] == .object(["name": "tests", "instance": "tests-1", "library": "swift/0.1.0"]))
        connection.reply(try await connection.expect("ping"), #""now_ms":1760000000000"#)
        #expect(try await pong == WallTime(unixMilliseconds: 1_760_000_000_000))
    }

    @Test("matches replies to requests by id, in whatever order they come")
    func outOfOrder() async throws {
        let pair = try await Pair()
        async let first = pair.client.reset("a")
        let one = try await pair.connection.expect("reset")
        async let second = pair.client.reset("b")
        let two = try await pair.connection.expect("reset")
        pair.connection.reply(two, #""state":"closed","generation":2"#)
        #expect(try await second.generation == 2)
        pair.connection.reply(one, #""state":"closed","generation":1"#)
        #expect(try await first.generation == 1)
    }

    @Test("takes a reply that comes byte by byte, after blank lines and with a carriage return")
    func bytewise() async throws {
        let pair = try await Pair()
        async let pong = pair.client.ping()
        let ping = try await pair.connection.expect("ping")
        for byte in "\r\n \n{\"id\":\(ping.id),\"ok\":true,\"now_ms\":7}\r\n".utf8 {
            pair.connection.sendBytes([byte])
        }
        #expect(try await pong.unixMilliseconds == 7)
    }

    @Test("throws the daemon's errors with their code, message and field, known codes or not")
    func errors() async throws {
        let pair = try await Pair()
        for code in ["conflict", "of_tomorrow"] {
            async let error = failure { () throws(BreakerError) in try await pair.client.trip("a") }
            pair.connection.refuse(try await pair.connection.expect("trip"), code, field: "if_generation")
            #expect(await error == BreakerError(.init(rawValue: code), "no", field: "if_generation"))
        }
    }

    @Test("throws malformedReply for a reply that lacks what was promised, and goes on")
    func malformed() async throws {
        let pair = try await Pair()
        async let error = failure { () throws(BreakerError) in try await pair.client.acquire("a") }
        pair.connection.reply(try await pair.connection.expect("acquire"), #""allowed":"yes""#)
        #expect(await error?.code == .malformedReply)
        async let pong = pair.client.ping()
        pair.connection.reply(try await pair.connection.expect("ping"), #""now_ms":1"#)
        _ = try await pong
    }

    @Test(
        "drops a daemon that does not speak the protocol, and comes back",
        arguments: [
            Array("nonsense\n".utf8), Array("[1]\n".utf8), Array("{\"ok\":true}\n".utf8),
            Array("{\"id\":9007199254740991,\"ok\":true}\n".utf8), Array("{\"id\":\"x\",\"ok\":true}\n".utf8),
            Array("{\"id\":null,\"ok\":true}\n".utf8), [0xFF, 0xFE, 0x0A],
            [UInt8](repeating: 0x20, count: 5_000),
            Array(String(repeating: "[", count: 2_000).utf8) + [0x0A],
        ])
    func garbage(bytes: [UInt8]) async throws {
        var configuration = patient()
        configuration.maximumReplyBytes = 4_096
        let pair = try await Pair(configuration)
        async let error = failure { () throws(BreakerError) in try await pair.client.ping() }
        _ = try await pair.connection.expect("ping")
        pair.connection.sendBytes(bytes)
        #expect(await error?.code == .unavailable)
        #expect(try await pair.connection.next() == nil)
        let next = try await pair.daemon.greet()
        async let pong = eventually { () throws(BreakerError) in try await pair.client.ping() }
        next.reply(try await next.expect("ping"), #""now_ms":1"#)
        _ = try await pong
    }

    @Test("does not use a daemon of another protocol version")
    func otherVersion() async throws {
        let daemon = try await ScriptedDaemon()
        let client = BreakerClient(endpoints: [daemon.endpoint], configuration: patient())
        async let error = failure { () throws(BreakerError) in try await client.ping() }
        try await daemon.accept().hello(protocol: 2)
        let failed = await error
        #expect(failed?.code == .unavailable)
        #expect(failed?.message.contains("protocol 2") == true)
    }

    @Test("fails what waits when it is lost, at once; and what is asked before it is back")
    func lost() async throws {
        var configuration = patient()
        configuration.reconnectMinimum = .seconds(3_600)
        configuration.reconnectMaximum = .seconds(3_600)
        let pair = try await Pair(configuration)
        async let error = failure { () throws(BreakerError) in try await pair.client.ping() }
        _ = try await pair.connection.expect("ping")
        pair.connection.close()
        #expect(await error?.code == .unavailable)
        #expect(
            await failure { () throws(BreakerError) in try await pair.client.ping() }?.code == .unavailable)
    }

    @Test("tries the next endpoint where one is not there, and says of each what is wrong")
    func nextEndpoint() async throws {
        let daemon = try await ScriptedDaemon()
        let nowhere = Endpoint.unix(path: "/tmp/no-such-breakerd.sock")
        let client = BreakerClient(endpoints: [nowhere, daemon.endpoint], configuration: patient())
        async let pong = client.ping()
        let connection = try await daemon.greet()
        connection.reply(try await connection.expect("ping"), #""now_ms":1"#)
        _ = try await pong
        let lonely = BreakerClient(endpoints: [nowhere], configuration: patient())
        let error = await failure { () throws(BreakerError) in try await lonely.ping() }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("unix:/tmp/no-such-breakerd.sock") == true)
    }

    @Test("refuses a request that is longer than a line may be, and one too many")
    func bounds() async throws {
        var configuration = patient()
        configuration.maximumRequestsInFlight = 1
        let pair = try await Pair(configuration)
        let long = String(repeating: "x", count: 70_000)
        #expect(
            await failure { () throws(BreakerError) in try await pair.client.get(long) }?.code == .tooLong)
        async let pong = pair.client.ping()
        let ping = try await pair.connection.expect("ping")
        #expect(
            await failure { () throws(BreakerError) in try await pair.client.ping() }?.code == .overloaded)
        pair.connection.reply(ping, #""now_ms":1"#)
        _ = try await pong
    }

    @Test("ends after what was sent is answered, and takes nothing more")
    func shutdown() async throws {
        let pair = try await Pair()
        async let pong = pair.client.ping()
        let ping = try await pair.connection.expect("ping")
        async let done: Void = pair.client.shutdown()
        let barrier = try await pair.connection.expect("ping")
        #expect(await failure { () throws(BreakerError) in try await pair.client.ping() }?.code == .shutDown)
        pair.connection.reply(ping, #""now_ms":5"#)
        #expect(try await pong.unixMilliseconds == 5)
        pair.connection.reply(barrier, #""now_ms":6"#)
        await done
        #expect(try await pair.connection.next() == nil)
        await pair.client.shutdown()
    }
}

@Suite("A deadline", .timeLimit(.minutes(1)))
struct DeadlineTests {
    @Test("ends a call to a silent daemon, and a probe granted too late is given back")
    func lateGrant() async throws {
        var configuration = patient()
        configuration.callDeadline = .milliseconds(1)
        let daemon = try await ScriptedDaemon()
        configuration.commandDeadline = .seconds(60)
        let client = BreakerClient(endpoints: [daemon.endpoint], configuration: configuration)
        async let stats = failure { () throws(BreakerError) in try await client.get("a") }
        let connection = try await daemon.greet()
        connection.refuse(try await connection.expect("get"), "not_found")
        #expect(await stats?.code == .notFound)
        let error = await failure { () throws(BreakerError) in try await client.acquire("a") }
        #expect(error?.code == .deadlineExceeded)
        let late = try await connection.expect("acquire")
        connection.reply(
            late, #""allowed":true,"state":"half_open","generation":3,"permit":"3.1","lease_ms":9"#)
        let release = try await connection.expect("release")
        #expect(release["breaker"] == "a")
        #expect(release["permit"] == "3.1")
    }

    @Test("is not waited for by a cancelled task, and its probe is given back too")
    func cancelled() async throws {
        let pair = try await Pair()
        let task = Task { await failure { () throws(BreakerError) in try await pair.client.acquire("a") } }
        let request = try await pair.connection.expect("acquire")
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        pair.connection.reply(
            request, #""allowed":true,"state":"half_open","generation":3,"permit":"3.1","lease_ms":9"#)
        #expect(try await pair.connection.expect("release")["permit"] == "3.1")
    }
}
