import BreakerCore
import BreakerStore
import BreakerWire
import NIOCore
import Synchronization

/// What every connection shares.
final class Service: Sendable {
    let engine: Engine
    let store: Store
    let sessions: SessionRegistry
    let counters = RequestCounters()
    let readTimes = ReadTimes()
    let limits: Limits
    let wireLimits: WireLimits
    /// Names this start of the database; part of what identifies connections without a `hello`.
    let epoch: Int64
    let startedAt: Instant
    /// The same as wall time, read once: where the wall clock is set later, the start stays where it was.
    let startedMilliseconds: Int64
    let heartbeatMs: Int
    /// One for each event loop, for the connections it serves.
    let hubs: WatchHubs
    let counts: CountsRounds
    let countsListeners = CountsListeners()
    let backups: Backups
    private let draining = Atomic<Bool>(false)

    init(
        engine: Engine, store: Store, limits: Limits, epoch: Int64, heartbeatMs: Int,
        eventLoops: [any EventLoop]
    ) {
        self.engine = engine
        self.store = store
        self.limits = limits
        self.epoch = epoch
        self.heartbeatMs = heartbeatMs
        self.startedAt = engine.clock.now()
        self.startedMilliseconds = engine.clock.wallMilliseconds()
        self.sessions = SessionRegistry(limit: limits.connections)
        self.hubs = WatchHubs(eventLoops)
        self.counts = CountsRounds(engine: engine)
        self.backups = Backups(engine: engine, store: store)
        var wireLimits = WireLimits()
        wireLimits.lineBytes = limits.lineBytes
        wireLimits.batch = limits.batch
        self.wireLimits = wireLimits
        engine.feed.onChange { [hubs] in hubs.signal() }
    }

    /// Whether the daemon is stopping: new requests are refused.
    var isDraining: Bool { self.draining.load(ordering: .relaxed) }

    /// What the hubs do by themselves as real time goes by, after a manual clock has moved. Done when every
    /// watcher has been told.
    func heartbeatByHand(on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        let round = self.counts.next()
        if let round { self.countsListeners.tell(round) }
        return self.hubs.heartbeat(with: round, on: eventLoop)
    }

    /// Tells everybody who wants counts what there is to tell.
    func tellCounts() {
        guard let round = self.counts.next() else { return }
        self.hubs.tell(round)
        self.countsListeners.tell(round)
    }

    func startDraining() { self.draining.store(true, ordering: .relaxed) }
}
