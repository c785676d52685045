// The daemon of users' tests is the daemon: its engine and its server, run in the test's process on a socket
// of their own. A second implementation would be one more thing to be wrong.

public import BreakerClient
import BreakerServer
import Synchronization

/// A breakerd inside the test's process, whose time moves only when the test says so.
///
///     let daemon = try await TestDaemon.start(policies: ["pay*": policy])
///     let client = daemon.client()
///     let shop = Shop(payments: client.breaker("payments"))
///     try await daemon.trip("payments")
///     #expect(await shop.page() == .withoutPayments)
///     await daemon.advance(by: .seconds(30))
///     #expect(await shop.page() == .complete)
///     await daemon.stop()
///
/// Each has a database in memory and a Unix socket in a folder of its own, so that tests may run side by
/// side. Several clients of one daemon are a fleet.
public final class TestDaemon: Sendable {
    /// What daemon and clients take their time from.
    public let clock = ManualClock()
    /// Where it listens: for clients that are made elsewhere.
    public let endpoint: Endpoint
    let daemon: EmbeddedDaemon
    private let folder: PrivateFolder
    private let state: Mutex<State>

    private struct State {
        var isStopped = false
        var clients: [BreakerClient] = []
        /// Carries out what the test does as an operator.
        var console: BreakerClient
    }

    private init(_ folder: PrivateFolder) throws {
        let path = folder.path + "/breakerd.sock"
        self.folder = folder
        self.endpoint = .unix(path: path)
        self.daemon = try EmbeddedDaemon(socket: path)
        self.state = Mutex(State(console: TestDaemon.console(.unix(path: path))))
    }

    /// Starts one without any breaker.
    ///
    /// - Parameter policies: rules by what they match, as an operator sets them.
    /// - Throws: what keeps it from listening; `BreakerError` for a policy out of range.
    public static func start(
        policies: KeyValuePairs<String, BreakerPolicy> = [:]
    ) async throws -> TestDaemon {
        let daemon = try TestDaemon(PrivateFolder())
        do {
            try await daemon.daemon.listen()
            for (match, policy) in policies { try await daemon.set(policy, for: match) }
        } catch {
            await daemon.stop()
            throw error
        }
        return daemon
    }

    /// A client of this daemon, under the same clock. It is shut down when the daemon stops.
    ///
    /// - Parameters:
    ///   - mode: who decides its calls.
    ///   - configure: changes what else matters, such as `onUnavailable`.
    public func client(
        mode: BreakerClient.Configuration.Mode = .cached,
        configure: (inout BreakerClient.Configuration) -> Void = { _ in }
    ) -> BreakerClient {
        var configuration = BreakerClient.Configuration()
        configuration.mode = mode
        configure(&configuration)
        configuration.use(self.clock)
        let client = BreakerClient(endpoints: [self.endpoint], configuration: configuration)
        self.state.withLock { $0.clients.append(client) }
        return client
    }

    // MARK: Being away

    /// Ends every connection and refuses new ones, as a daemon that was stopped or cannot be reached. Its
    /// clients know when this returns.
    public func goAway() async {
        await self.daemon.stopListening()
        await self.settle()
    }

    /// Listens again, knowing what it knew, as a daemon does that was restarted on its database. Its clients
    /// come back by themselves, after a backoff of at most 5 s: ``advance(by:)``.
    public func comeBack() async throws {
        try await self.daemon.listen()
        let former = self.state.withLock { state in
            let former = state.console
            state.console = TestDaemon.console(self.endpoint)
            return former
        }
        await former.shutdown()
    }

    /// Shuts down its clients, then itself: the end of a test. One that is dropped without it, as by a test
    /// that throws, stops by itself.
    public func stop() async {
        guard let clients = self.clientsToStop() else { return }
        await TestDaemon.stop(clients, self.daemon, self.folder)
    }

    deinit {
        guard let clients = self.clientsToStop() else { return }
        Task { [daemon, folder] in await TestDaemon.stop(clients, daemon, folder) }
    }

    /// Nil if it has been stopped.
    private func clientsToStop() -> [BreakerClient]? {
        self.state.withLock { state in
            guard !state.isStopped else { return nil }
            state.isStopped = true
            return state.clients + [state.console]
        }
    }

    private static func stop(
        _ clients: [BreakerClient], _ daemon: EmbeddedDaemon, _ folder: PrivateFolder
    ) async {
        for client in clients { await client.shutdown() }
        await daemon.close()
        folder.remove()
    }

    var clients: [BreakerClient] { self.state.withLock(\.clients) }
    var console: BreakerClient { self.state.withLock(\.console) }

    private static func console(_ endpoint: Endpoint) -> BreakerClient {
        var configuration = BreakerClient.Configuration()
        configuration.mode = .strict
        configuration.name = "test"
        // On the clock of the machine, which a hundred tests side by side may keep busy for seconds.
        configuration.connectDeadline = .seconds(60)
        configuration.commandDeadline = .seconds(60)
        return BreakerClient(endpoints: [endpoint], configuration: configuration)
    }
}
