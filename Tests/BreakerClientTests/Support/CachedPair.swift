import BreakerClient
import BreakerWire

/// A client in the cached mode under a manual clock, the daemon it talks to, and one mirrored breaker,
/// "payments".
struct CachedPair {
    let daemon: ScriptedDaemon
    let client: BreakerClient
    let clock: ManualClientClock
    let breaker: Breaker
    var connection: ScriptedConnection
    /// The watch of the first connection.
    let watch: Received

    static func configuration(_ clock: ManualClientClock) -> BreakerClient.Configuration {
        var configuration = patient()
        configuration.mode = .cached
        configuration.clock = .manual(clock)
        return configuration
    }

    /// - Parameter state: members of the snapshot's one event; nil: there is no such breaker.
    init(
        _ state: String? = closed, change: (inout BreakerClient.Configuration) -> Void = { _ in }
    ) async throws {
        let clock = ManualClientClock()
        var configuration = CachedPair.configuration(clock)
        change(&configuration)
        let daemon = try await ScriptedDaemon()
        let client = BreakerClient(endpoints: [daemon.endpoint], configuration: configuration)
        let breaker = client.breaker("payments")
        let connection = try await daemon.greet()
        (self.daemon, self.client, self.clock, self.breaker) = (daemon, client, clock, breaker)
        (self.connection, self.watch) = (connection, try await connection.expect("watch"))
        try await self.snapshot(state)
    }

    static let closed = #""state":"closed","generation":40"#
    static let open = #""state":"open","generation":41,"retry_after_ms":3000"#
    static let halfOpen = #""state":"half_open","generation":42"#

    private func snapshot(_ state: String?) async throws {
        self.connection.reply(self.watch, #""mode":"snapshot""#)
        if let state { self.event(state) }
        self.connection.event(self.watch, #""event":"synced","revision":9"#)
        try await self.settle()
    }

    func advance(by duration: Duration) async {
        await self.client.settle()
        await self.clock.advance(by: duration)
    }

    /// Tells a change of the breaker.
    func event(_ members: String) {
        self.connection.event(self.watch, #""event":"state","revision":8,"breaker":"payments",\#(members)"#)
    }

    /// Everything that was sent before has arrived and was acted upon.
    func settle() async throws {
        async let pong = self.client.ping()
        self.connection.reply(try await self.connection.expect("ping"), #""now_ms":1"#)
        _ = try await pong
    }

    /// Waits until the client has noticed that the connection is gone.
    func lose() async throws {
        while await failure({ () throws(BreakerError) in try await self.client.ping() })?.code != .unavailable
        {
            await Task.yield()
        }
        await self.client.settle()
    }

    /// The client has told nothing since the last expectation.
    func isSilent() async throws -> Bool {
        async let pong = self.client.ping()
        guard let request = try await self.connection.next() else { return false }
        let isSilent = request["op"] == "ping"
        self.connection.reply(request, #""now_ms":1"#)
        _ = try await pong
        return isSilent
    }
}
