import BreakerClient
import InMemoryLogging
import Logging
import Testing

@Suite("The client's log", .timeLimit(.minutes(1)))
struct LogTests {
    private let log: InMemoryLogHandler

    init() {
        var log = InMemoryLogHandler()
        log.logLevel = .debug
        self.log = log
    }

    private func entries(_ event: ClientLogEvent) -> [InMemoryLogHandler.Entry] {
        self.log.entries.filter { $0.message == "\(event.rawValue)" }
    }

    private func listen(_ configuration: inout BreakerClient.Configuration) {
        configuration.logger = Logger(label: "tests") { [log] _ in log }
    }

    private var strict: BreakerClient.Configuration {
        var configuration = patient()
        self.listen(&configuration)
        return configuration
    }

    @Test("has each event, at the level that is documented", arguments: ClientLogEvent.allCases)
    func every(event: ClientLogEvent) async throws {
        try await self.provoke(event)
        let entry = try #require(self.entries(event).first)
        #expect(entry.level == LogTests.level(event))
    }

    @Test("tells a change of state by what it was and what it is, and silence at first")
    func states() async throws {
        let pair = try await CachedPair(change: self.listen)
        #expect(self.entries(.stateChanged).map(\.level) == [.debug])
        pair.event(CachedPair.open)
        pair.event(CachedPair.halfOpen)
        pair.event(#""state":"half_open","generation":43"#)
        pair.event(#""state":"closed","generation":44"#)
        try await pair.settle()
        let told = self.entries(.stateChanged).dropFirst()
        #expect(told.map(\.level) == [.info, .debug, .info])
        #expect(
            told.first?.metadata
                == ["breaker": "payments", "state": "open", "former": "closed", "generation": "41"])
    }

    @Test("tells a lost connection once, however often connecting fails afterwards")
    func losses() async throws {
        let pair = try await Pair(self.strict)
        try await pair.daemon.stop()
        pair.connection.close()
        while self.entries(.connectFailed).count < 3 { await Task.yield() }
        let levels = (self.entries(.connectionLost) + self.entries(.connectFailed)).map(\.level)
        #expect(levels.filter { $0 == .warning }.count == 1)
    }

    private static func level(_ event: ClientLogEvent) -> Logger.Level {
        switch event {
        case .connected, .responsive, .mirrorTrusted, .stateChanged: .info
        case .connectionLost, .connectFailed, .unresponsive, .mirrorDistrusted, .outcomesDropped: .warning
        case .nameInvalid, .policyFieldIgnored, .declareRefused, .policyUnknown, .watchRefused: .error
        case .requestRefused: .debug
        }
    }
}

// What makes the client log each event.
extension LogTests {
    private func provoke(_ event: ClientLogEvent) async throws {
        switch event {
        case .connected, .requestRefused, .declareRefused, .policyUnknown, .policyFieldIgnored, .nameInvalid:
            try await self.provokeByAsking(event)
        case .connectFailed:
            let client = BreakerClient(
                endpoints: [.unix(path: "/tmp/no-such-breakerd.sock")], configuration: self.strict)
            _ = await failure { () throws(BreakerError) in try await client.ping() }
        case .connectionLost, .outcomesDropped: try await self.lose()
        case .unresponsive, .responsive: try await self.fallSilent()
        case .mirrorDistrusted, .mirrorTrusted: try await self.missHeartbeats()
        case .stateChanged:
            let pair = try await CachedPair(CachedPair.open, change: self.listen)
            try await pair.settle()
        case .watchRefused:
            let daemon = try await ScriptedDaemon()
            var configuration = CachedPair.configuration(ManualClientClock())
            self.listen(&configuration)
            let client = BreakerClient(endpoints: [daemon.endpoint], configuration: configuration)
            _ = client.breaker("payments")
            let connection = try await daemon.greet()
            connection.refuse(try await connection.expect("watch"), "limit")
            try await self.settle(client, connection)
        }
    }

    private func provokeByAsking(_ event: ClientLogEvent) async throws {
        let pair = try await Pair(self.strict)
        switch event {
        case .requestRefused:
            pair.connection.send(#"{"id":null,"ok":false,"error":{"code":"bad_request","message":"no"}}"#)
        case .declareRefused:
            _ = pair.client.breaker("payments", policy: policy(.at(0.3)))
            pair.connection.refuse(try await pair.connection.expect("declare"), "limit")
        case .policyUnknown:
            _ = pair.client.breaker("payments")
            pair.connection.refuse(try await pair.connection.expect("policy.get"), "internal")
        case .policyFieldIgnored: _ = pair.client.breaker("payments", policy: policy(.at(7)))
        case .nameInvalid: _ = pair.client.breaker("no spaces")
        default: break
        }
        try await self.settle(pair.client, pair.connection)
    }

    private func policy(_ failureRate: BreakerPolicy.Threshold<Double>) -> BreakerPolicy {
        var policy = BreakerPolicy()
        policy.failureRate = failureRate
        return policy
    }

    private func lose() async throws {
        let pair = try await CachedPair { configuration in
            configuration.reconnectMinimum = .seconds(20)
            self.listen(&configuration)
        }
        pair.connection.close()
        try await pair.lose()
        _ = try await pair.breaker.run { 1 }
        await pair.client.shutdown()
    }

    private func fallSilent() async throws {
        let pair = try await CachedPair(CachedPair.halfOpen) { configuration in
            configuration.callDeadline = .milliseconds(50)
            self.listen(&configuration)
        }
        let call = Task { try await pair.breaker.run { 1 } }
        _ = try await pair.connection.expect("acquire")
        await pair.advance(by: .milliseconds(50))
        _ = try await call.value
        pair.event(CachedPair.halfOpen)
        try await pair.settle()
    }

    private func missHeartbeats() async throws {
        let pair = try await CachedPair(change: self.listen)
        await pair.advance(by: .seconds(15))
        pair.connection.reply(try await pair.connection.expect("ping"), #""now_ms":1"#)
        pair.event(CachedPair.open)
        try await pair.settle()
    }

    private func settle(_ client: BreakerClient, _ connection: ScriptedConnection) async throws {
        async let pong = client.ping()
        connection.reply(try await connection.expect("ping"), #""now_ms":1"#)
        _ = try await pong
    }
}
