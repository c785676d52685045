// The daemon without its process: for tests that run it in their own. The engine, the store and the sockets
// are the real ones; signals, logs and the clock of the system are not there.

import BreakerCore
import BreakerStore
import NIOCore
import NIOPosix
import Synchronization

/// A daemon under a manual clock, with its database in memory, on one Unix socket.
package final class EmbeddedDaemon: Sendable {
    private struct Listening: Sendable {
        let network: Network
        let service: Service
    }

    private let configuration: Configuration
    private let store: Store
    private let engine: Engine
    private let epoch: Int64
    /// One thread: what one connection has brought is done before the next is looked at.
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let listening = Mutex<Listening?>(nil)

    /// - Parameter path: of the socket, in a folder that only this process may enter.
    /// - Throws: what keeps SQLite from opening a database in memory.
    package init(socket path: String) throws {
        var configuration = Configuration()
        // The folder keeps others out: the umask of a process with other work to do is left alone.
        configuration.listeners = Listeners(tcp: [], unixSocket: UnixSocket(path: path, mode: 0o777))
        configuration.database = .memory
        configuration.manualClock = true
        let (store, loaded) = try Store.open(
            StoreOptions(configuration), wallMilliseconds: DaemonClock.manualWallStart)
        self.configuration = configuration
        self.store = store
        self.epoch = loaded.epoch
        self.engine = Engine(
            settings: Engine.Settings(configuration),
            clock: .manual(lastWall: loaded.lastWallMilliseconds), store: store, loaded: loaded,
            filePolicies: [])
    }

    /// Accepts connections from now on.
    ///
    /// - Throws: what keeps it from listening, in words.
    package func listen() async throws {
        let service = Service(
            engine: self.engine, store: self.store, limits: self.configuration.limits, epoch: self.epoch,
            heartbeatMs: self.configuration.heartbeatMs, eventLoops: Array(self.group.makeIterator()))
        let network = try await Network.listen(
            self.configuration.listeners, service: service, group: self.group)
        self.listening.withLock { $0 = Listening(network: network, service: service) }
    }

    /// Ends every connection and accepts no further one; what it knows stays, but for permits.
    package func stopListening() async {
        let listening = self.listening.withLock { $0.take() }
        await listening?.network.drain(within: .seconds(3))
    }

    /// Moves the clock: every timer that becomes due fires, and every watch is sent what changed and a
    /// heartbeat, before this returns.
    package func advance(by duration: Duration) async {
        let (seconds, attoseconds) = duration.components
        self.engine.advance(by: Interval(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
        guard let service = self.listening.withLock({ $0?.service }) else { return }
        try? await service.heartbeatByHand(on: self.group.next()).get()
    }

    /// How long until time alone changes something; nil: it will not.
    package var timeToNextTimer: Duration? {
        self.engine.earliestDeadline().map { deadline in
            .nanoseconds(max(.zero, deadline - self.engine.clock.now()).nanoseconds)
        }
    }

    /// How often a watch hears a heartbeat.
    package var heartbeat: Duration { .milliseconds(self.configuration.heartbeatMs) }

    /// Ends all of it.
    package func close() async {
        await self.stopListening()
        _ = await self.store.close(wallMilliseconds: self.engine.clock.wallMilliseconds())
        try? await self.group.shutdownGracefully()
    }
}
