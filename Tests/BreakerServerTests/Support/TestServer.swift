import BreakerCore
import BreakerStore
import Foundation
import NIOCore
import NIOPosix

@testable import BreakerServer

/// A daemon's insides under a manual clock, with a database in memory unless a file is named.
struct TestEngine {
    let store: Store
    let engine: Engine
    let epoch: Int64

    init(database: String? = nil, limits: Limits = Limits(), policies: [PolicyBook.Rule] = []) throws {
        let location: StoreOptions.Location = database.map { .file($0) } ?? .memory
        let (store, loaded) = try Store.open(
            StoreOptions(location: location), wallMilliseconds: DaemonClock.manualWallStart)
        self.store = store
        self.epoch = loaded.epoch
        self.engine = Engine(
            settings: Engine.Settings(
                maximumBreakers: limits.breakers, maximumPolicies: limits.policies,
                maximumInstances: limits.instances, labelledBreakers: limits.metricsBreakers, seed: 1),
            clock: .manual(lastWall: 0), store: store, loaded: loaded, filePolicies: policies)
    }
}

/// The same, listening on a Unix socket in a folder of its own.
final class TestServer: Sendable {
    let engine: Engine
    let service: Service
    let network: Network
    let path: String

    init(limits: Limits = Limits()) async throws {
        let inside = try TestEngine(limits: limits)
        let group = MultiThreadedEventLoopGroup.singleton
        self.engine = inside.engine
        self.service = Service(
            engine: inside.engine, store: inside.store, limits: limits, epoch: inside.epoch,
            heartbeatMs: 5_000,
            eventLoops: Array(group.makeIterator()))
        self.path = NSTemporaryDirectory() + "/b" + UUID().uuidString.prefix(8) + "/s"
        let listeners = Listeners(tcp: [], unixSocket: UnixSocket(path: self.path))
        self.network = try await Network.listen(listeners, service: self.service, group: group)
    }

    func connect() throws -> TestClient { try TestClient(path: self.path) }

    func stop() async {
        await self.network.drain(within: .seconds(3))
        try? FileManager.default.removeItem(
            atPath: URL(fileURLWithPath: self.path).deletingLastPathComponent().path)
    }
}

extension Engine {
    @discardableResult
    func acquire(_ name: String, by session: UInt64 = 1) throws -> Verdict {
        try name.withNameBytes { bytes throws(EngineError) in
            try self.acquire(
                bytes, by: Reporter(session: SessionID(rawValue: session), instance: ReporterID(rawValue: 1)),
                lease: nil, at: self.clock.now()
            )
            .verdict
        }
    }

    func perform(_ action: OperatorCommand.Action, on name: String) async -> Result<CallReply, EngineError> {
        let command = OperatorCommand(
            breaker: name, action: action, actor: nil, note: nil, expectedGeneration: nil)
        return await withCheckedContinuation { continuation in
            self.perform(command, at: self.clock.now()) { continuation.resume(returning: $0) }
        }
    }
}
