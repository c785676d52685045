import BreakerClient
import Metrics
import MetricsTestKit
import Testing

private struct ConnectTimeout: Error {}

@Suite("The client's metrics", .timeLimit(.minutes(1)))
struct MetricsTests {
    private let metrics = TestMetrics()

    private func calls(_ outcome: String) -> Int64 {
        self.metrics.counterTotal(
            label: "breakerd_client_calls_total",
            dimensions: [("breaker", "payments"), ("outcome", outcome)])
    }

    private func total(_ label: String, _ dimensions: (String, String)...) -> Int64 {
        self.metrics.counterTotal(label: "breakerd_client_\(label)", dimensions: dimensions)
    }

    private func asks(_ result: String) -> Int {
        self.metrics.timers(
            label: "breakerd_client_ask_duration_seconds", dimensions: [("result", result)]
        ).reduce(0) { $0 + $1.values.count }
    }

    private func state(_ state: BreakerState) -> Double? {
        self.metrics.meters(label: "breakerd_client_state", dimensions: [("state", state.rawValue)])
            .first?.lastValue
    }

    private func cached(_ state: String? = CachedPair.closed) async throws -> CachedPair {
        try await CachedPair(state) { [metrics] configuration in
            configuration.metrics = metrics
            configuration.reconnectMinimum = .seconds(1)
        }
    }

    private func strict() async throws -> Pair {
        var configuration = patient()
        configuration.metrics = self.metrics
        return try await Pair(configuration)
    }

    @Test("count what a closed breaker lets pass when it is told, by outcome, and how long it took")
    func closed() async throws {
        let pair = try await self.cached()
        for _ in 0..<3 { _ = try await pair.breaker.run { 7 } }
        try await pair.breaker.acquire().report(.ignored)
        try await pair.breaker.acquire().report(.success, duration: .seconds(2))
        #expect(self.calls("success") == 0)
        await pair.advance(by: .milliseconds(100))
        #expect(self.calls("success") == 4)
        #expect(self.calls("ignored") == 1)
        #expect(self.total("call_duration_seconds_total") == 2)
        try await pair.breaker.acquire().report(.timeout)
        _ = try? await pair.breaker.run { throw ConnectTimeout() }
        await pair.advance(by: .milliseconds(5))
        #expect(self.calls("timeout") == 1)
        #expect(self.calls("failure") == 1)
    }

    @Test("count slow calls by the policy in effect")
    func slow() async throws {
        let pair = try await self.cached()
        pair.connection.event(pair.watch, #""event":"heartbeat","revision":9,"policy_changes":0"#)
        pair.connection.event(pair.watch, #""event":"heartbeat","revision":9,"policy_changes":1"#)
        let question = try await pair.connection.expect("policy.get")
        pair.connection.reply(question, #""policy":{"slow_call":"200ms"},"sources":{}"#)
        try await pair.settle()
        try await pair.breaker.acquire().report(.success, duration: .milliseconds(200))
        _ = try await pair.connection.expect("report")
        #expect(self.total("slow_calls_total") == 1)
    }

    @Test("count refusals, and show the state as it is known")
    func open() async throws {
        let pair = try await self.cached()
        #expect([self.state(.closed), self.state(.open), self.state(.halfOpen)] == [1, 0, 0])
        pair.event(CachedPair.open)
        try await pair.settle()
        _ = try? await pair.breaker.run { 1 }
        await pair.advance(by: .milliseconds(100))
        _ = try await pair.connection.expect("report")
        #expect(self.calls("rejected") == 1)
        #expect([self.state(.closed), self.state(.open), self.state(.halfOpen)] == [0, 1, 0])
        #expect(self.total("state_changes_total", ("state", "open")) == 1)
        #expect(self.total("state_changes_total", ("state", "closed")) == 0)
        pair.connection.event(pair.watch, #""event":"forgotten","breaker":"payments","revision":10"#)
        try await pair.settle()
        #expect([self.state(.closed), self.state(.open), self.state(.halfOpen)] == [0, 0, 0])
    }

    @Test("count strict calls and probes too, and time each question to the daemon")
    func strictly() async throws {
        let pair = try await self.strict()
        let breaker = pair.client.breaker("payments")
        let answers = [
            #""allowed":true,"state":"closed","generation":40"#,
            #""allowed":true,"state":"half_open","generation":42,"permit":"42.1","lease_ms":3000"#,
            #""allowed":false,"state":"open","reason":"open","retry_after_ms":10,"generation":43"#,
        ]
        for answer in answers {
            async let value = try? breaker.run { 1 }
            pair.connection.reply(try await pair.connection.expect("acquire"), answer)
            if await value != nil { _ = try await pair.connection.expect("report") }
        }
        await pair.client.settle()
        #expect(self.calls("success") == 2)
        #expect(self.calls("rejected") == 1)
        #expect([self.asks("allowed"), self.asks("probe"), self.asks("refused")] == [1, 1, 1])
    }

    @Test("time a question that is not answered within the budget")
    func unanswered() async throws {
        let pair = try await CachedPair(CachedPair.halfOpen) { [metrics] configuration in
            configuration.metrics = metrics
            configuration.callDeadline = .milliseconds(50)
        }
        let call = Task { try await pair.breaker.run { 1 } }
        _ = try await pair.connection.expect("acquire")
        await pair.advance(by: .milliseconds(50))
        _ = try await call.value
        #expect(self.asks("unanswered") == 1)
    }

    @Test("show the connection, count its returns, and go on counting while it is away")
    func connection() async throws {
        var pair = try await self.cached()
        let connected = try self.metrics.expectMeter("breakerd_client_connected")
        #expect(connected.values == [0, 1])
        pair.connection.close()
        try await pair.lose()
        #expect(connected.lastValue == 0)
        _ = try await pair.breaker.run { 1 }
        await pair.advance(by: .milliseconds(100))
        #expect(self.calls("success") == 1)
        await pair.advance(by: .seconds(1))
        pair.connection = try await pair.daemon.greet()
        _ = try await pair.connection.expect("report")
        #expect(connected.lastValue == 1)
        #expect(self.total("reconnects_total") == 1)
        #expect(self.calls("success") == 1)
    }

    @Test("count batches by how they ended, and what was dropped")
    func batches() async throws {
        let pair = try await self.cached()
        for (index, code) in [nil, "internal"].enumerated() {
            _ = try? await pair.breaker.run { throw ConnectTimeout() }
            if index > 0 { await pair.advance(by: .milliseconds(5)) }
            let batch = try await pair.connection.expect("report")
            if let code {
                pair.connection.refuse(batch, code)
            } else {
                pair.connection.reply(batch, #""results":[]"#)
            }
            try await pair.settle()
        }
        #expect(self.total("batches_total", ("result", "acknowledged")) == 1)
        #expect(self.total("batches_total", ("result", "refused")) == 1)
        #expect(self.total("dropped_outcomes_total") == 1)
        #expect(pair.client.droppedOutcomes == 1)
    }

    @Test("are made with the client and with each guard, none with a call")
    func made() async throws {
        let counting = CountingFactory(self.metrics)
        let pair = try await CachedPair { $0.metrics = counting }
        let made = counting.made
        #expect(made > 0)
        for _ in 0..<100 { _ = try await pair.breaker.run { 1 } }
        pair.event(CachedPair.open)
        try await pair.settle()
        _ = try? await pair.breaker.run { 1 }
        await pair.advance(by: .milliseconds(100))
        #expect(counting.made == made)
        _ = pair.client.breaker("orders")
        #expect(counting.made > made)
    }
}
