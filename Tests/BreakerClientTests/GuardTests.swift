import BreakerClient
import BreakerWire
import Testing

private let closed = #""allowed":true,"state":"closed","generation":40"#
private let probe = #""allowed":true,"state":"half_open","generation":42,"permit":"42.1","lease_ms":3000"#

private struct ConnectTimeout: Error {}

private struct CancelledOrder: Error {}

@Suite("A guarded call", .timeLimit(.minutes(1)))
struct GuardTests {
    @Test("asks, calls, and reports under the generation it was told, without waiting")
    func success() async throws {
        let pair = try await Pair()
        async let value = pair.client.breaker("payments").run { 7 }
        let acquire = try await pair.connection.expect("acquire")
        #expect(acquire["breaker"] == "payments")
        #expect(acquire["lease_ms"] == nil)
        pair.connection.reply(acquire, closed)
        #expect(try await value == 7)
        let report = try await pair.connection.expect("report")
        #expect(report["id"] == nil)
        #expect(report["generation"] == 40)
        #expect(report["outcome"] == "success")
        #expect(report["duration_ms"] != nil)
    }

    @Test("throws on what the call throws, and reports the error's type")
    func failed() async throws {
        let pair = try await Pair()
        let value = Task { try await pair.client.breaker("payments").run { throw ConnectTimeout() } }
        pair.connection.reply(try await pair.connection.expect("acquire"), closed)
        await #expect(throws: ConnectTimeout.self) { try await value.value }
        let report = try await pair.connection.expect("report")
        #expect(report["outcome"] == "failure")
        #expect(report["error"] == "ConnectTimeout")
    }

    @Test("is not made when refused; the error tells breaker, reason and wait, and no more")
    func refused() async throws {
        let pair = try await Pair()
        let value = Task {
            try await pair.client.breaker("payments").run { () -> Void in Issue.record("called") }
        }
        pair.connection.reply(
            try await pair.connection.expect("acquire"),
            #""allowed":false,"state":"open","reason":"open","retry_after_ms":2400,"generation":41"#)
        let error = await #expect(throws: BreakerOpen.self) { try await value.value }
        #expect(error == BreakerOpen(breaker: "payments", reason: .open, retryAfter: .milliseconds(2_400)))
        #expect(error?.description == #"breaker "payments" refuses calls: open, retry after 2.4 seconds"#)
    }

    @Test("gives the fallback instead when it is refused or fails")
    func fallback() async throws {
        let pair = try await Pair()
        async let value = pair.client.breaker("payments").run(fallback: { error in
            #expect(error is BreakerOpen)
            return 1
        }) { 2 }
        pair.connection.reply(
            try await pair.connection.expect("acquire"),
            #""allowed":false,"state":"open","reason":"forced_open","generation":41"#)
        #expect(try await value == 1)
    }

    @Test("gives the value instead, with a bound on the call's time or without")
    func orElse() async throws {
        let pair = try await CachedPair(CachedPair.open)
        #expect(try await pair.breaker.run(orElse: 1) { 2 } == 1)
        #expect(try await pair.breaker.run(orElse: 1, timeout: .seconds(60)) { 2 } == 1)
        pair.event(#""state":"closed","generation":42"#)
        try await pair.settle()
        #expect(try await pair.breaker.run(orElse: 1) { 2 } == 2)
        #expect(try await pair.breaker.run(orElse: 1) { throw CancelledOrder() } == 1)
        await #expect(throws: CancellationError.self) {
            try await pair.breaker.run(orElse: 1) { throw CancellationError() }
        }
    }

    @Test("is counted as the classifier says")
    func classified() async throws {
        let pair = try await Pair()
        async let value = pair.client.breaker("payments").run(
            classify: { result in
                guard case .success(503) = result else { return nil }
                return CallVerdict(.failure, error: "HTTP\u{0}503", retryAfter: .seconds(9))
            }
        ) { 503 }
        pair.connection.reply(try await pair.connection.expect("acquire"), closed)
        #expect(try await value == 503)
        let report = try await pair.connection.expect("report")
        #expect(report["outcome"] == "failure")
        #expect(report["error"] == "HTTP503")
        #expect(report["retry_after_ms"] == 9_000)
    }

    @Test("reports a probe with its permit")
    func probed() async throws {
        let pair = try await Pair()
        async let value = pair.client.breaker("payments").run { 7 }
        pair.connection.reply(try await pair.connection.expect("acquire"), probe)
        _ = try await value
        #expect(try await pair.connection.expect("report")["permit"] == "42.1")
    }

    @Test("gives a probe back when it is cancelled, and counts any other call as ignored")
    func cancelled() async throws {
        let pair = try await Pair()
        for (grant, op) in [(probe, "release"), (closed, "report")] {
            let began = Inbox<Void>()
            let task = Task {
                try await pair.client.breaker("payments").run {
                    began.put(())
                    try await Task.sleep(for: .seconds(3_600))
                }
            }
            pair.connection.reply(try await pair.connection.expect("acquire"), grant)
            _ = await began.next()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            let told = try await pair.connection.expect(op)
            #expect(op == "release" ? told["permit"] == "42.1" : told["outcome"] == "ignored")
        }
    }

    @Test("is cancelled at its timeout, which is reported as one")
    func timeout() async throws {
        let pair = try await Pair()
        let value = Task {
            try await pair.client.breaker("payments").run(timeout: .milliseconds(1)) {
                try await Task.sleep(for: .seconds(3_600))
            }
        }
        let acquire = try await pair.connection.expect("acquire")
        #expect(acquire["lease_ms"] == 1_001)
        pair.connection.reply(acquire, closed)
        await #expect(throws: BreakerTimeout(breaker: "payments", timeout: .milliseconds(1))) {
            try await value.value
        }
        let report = try await pair.connection.expect("report")
        #expect(report["outcome"] == "timeout")
        #expect(report["error"] == "BreakerTimeout")
    }

    @Test("may be ended by hand, once; a permit that is dropped is given back")
    func byHand() async throws {
        let pair = try await Pair()
        let breaker = pair.client.breaker("payments")
        do {
            async let acquired = breaker.acquire()
            pair.connection.reply(try await pair.connection.expect("acquire"), probe)
            let permit = try await acquired
            #expect(permit.isProbe)
            permit.report(.failure, duration: .milliseconds(12))
            permit.release()
        }
        let report = try await pair.connection.expect("report")
        #expect(report["duration_ms"] == 12)
        do {
            async let acquired = breaker.acquire()
            pair.connection.reply(try await pair.connection.expect("acquire"), probe)
            _ = try await acquired
        }
        _ = try await pair.connection.expect("release")
    }

    @Test("is preceded by the policy that was wished for, once for each connection")
    func declared() async throws {
        let pair = try await Pair()
        var policy = BreakerPolicy()
        policy.failureRate = 0.3
        policy.openFor = .seconds(10)
        let breaker = pair.client.breaker("payments", policy: policy)
        async let first = breaker.run { 1 }
        let declare = try await pair.connection.expect("declare")
        #expect(declare["policy"] == .object(["failure_rate": .number(0.3), "open_for": "10s"]))
        pair.connection.reply(try await pair.connection.expect("acquire"), closed)
        _ = try await first
        _ = try await pair.connection.expect("report")
        async let second = breaker.run { 2 }
        pair.connection.reply(try await pair.connection.expect("acquire"), closed)
        _ = try await second
        _ = try await pair.connection.expect("report")
        pair.connection.close()
        let next = try await pair.daemon.greet()
        _ = try await next.expect("declare")
        async let third = breaker.run { 3 }
        next.reply(try await next.expect("acquire"), closed)
        _ = try await third
    }
}

@Suite("With the daemon away a guarded call", .timeLimit(.minutes(1)))
struct UnavailableTests {
    private func client(_ unavailable: BreakerClient.Configuration.Unavailable) -> BreakerClient {
        var configuration = patient()
        configuration.onUnavailable = unavailable
        return BreakerClient(
            endpoints: [.unix(path: "/tmp/no-such-breakerd.sock")], configuration: configuration)
    }

    @Test("passes, or is refused, as its owner chose")
    func chosen() async throws {
        #expect(try await self.client(.local).breaker("a").run { 1 } == 1)
        #expect(try await self.client(.allow).breaker("a").run { 1 } == 1)
        await #expect(throws: BreakerOpen(breaker: "a", reason: .unavailable, retryAfter: nil)) {
            try await self.client(.deny).breaker("a").run { 1 }
        }
    }

    @Test("is refused by this process's own breaker once that has tripped")
    func local() async throws {
        var policy = BreakerPolicy()
        policy.consecutiveFailures = 2
        let breaker = self.client(.local).breaker("a", policy: policy)
        for _ in 0..<2 {
            await #expect(throws: ConnectTimeout.self) { try await breaker.run { throw ConnectTimeout() } }
        }
        let error = await #expect(throws: BreakerOpen.self) { try await breaker.run { 1 } }
        #expect(error?.reason == .open)
    }

    @Test("of a name that no daemon takes is guarded by this process alone")
    func badName() async throws {
        let pair = try await Pair()
        #expect(try await pair.client.breaker("no spaces").run { 1 } == 1)
        async let pong = pair.client.ping()
        // The next thing that the daemon hears: nothing of the name was sent.
        pair.connection.reply(try await pair.connection.expect("ping"), #""now_ms":1"#)
        _ = try await pong
    }

    @Test("goes on from what the daemon said last: open stays open")
    func lastKnown() async throws {
        var configuration = patient()
        configuration.reconnectMinimum = .seconds(3_600)
        configuration.reconnectMaximum = .seconds(3_600)
        let pair = try await Pair(configuration)
        let breaker = pair.client.breaker("payments")
        let first = Task { try await breaker.run { 1 } }
        pair.connection.reply(
            try await pair.connection.expect("acquire"),
            #""allowed":false,"state":"open","reason":"open","retry_after_ms":3600000,"generation":41"#)
        await #expect(throws: BreakerOpen.self) { try await first.value }
        let second = Task { try await breaker.run { 2 } }
        _ = try await pair.connection.expect("acquire")
        pair.connection.close()
        let error = await #expect(throws: BreakerOpen.self) { try await second.value }
        #expect(error?.reason == .open)
        #expect(error?.retryAfter.map { $0 > .seconds(3_000) } == true)
    }

    @Test("sees no error of the daemon's, whatever it answers", arguments: ["internal", "draining", "limit"])
    func daemonErrors(code: String) async throws {
        let pair = try await Pair()
        async let value = pair.client.breaker("payments").run { 1 }
        pair.connection.refuse(try await pair.connection.expect("acquire"), code)
        #expect(try await value == 1)
    }
}
