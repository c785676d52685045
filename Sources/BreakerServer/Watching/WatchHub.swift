import BreakerCore
import NIOCore
import Synchronization

/// The connections with watches on one event loop. Reached on that loop only, save for `signal`.
final class WatchHub: Sendable {
    /// Members told at once, and the breath after them in which the event loop serves its other connections:
    /// all of ten thousand at once would take a third of a second.
    private static let beatSize = 128
    /// The same for counts, of which each member may be sent some 100 KB.
    private static let countsBeatSize = 8
    private static let breath = TimeAmount.milliseconds(1)
    /// Within the daemon one in so many heartbeats does: nobody there decides calls by what it was told last,
    /// and a thousand viewers of the page that are told at once keep a core from calls for 34 ms.
    private static let innerTurns = 3

    let eventLoop: any EventLoop
    /// Whether a wake-up is on its way already: many changes, one task.
    private let isSignalled = Atomic<Bool>(false)
    /// Whether anybody watches here: no wake-ups for nothing.
    private let hasMembers = Atomic<Bool>(false)
    /// Whether a round is being told: a loop that is behind gets no further one, and rounds do not pile up.
    private let isTelling = Atomic<Bool>(false)
    private let members: NIOLoopBoundBox<[ObjectIdentifier: ConnectionHandler]>

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.members = NIOLoopBoundBox.makeBoxSendingValue([:], eventLoop: eventLoop)
    }

    func join(_ member: ConnectionHandler) {
        self.members.value[ObjectIdentifier(member)] = member
        self.hasMembers.store(true, ordering: .sequentiallyConsistent)
    }

    func leave(_ member: ConnectionHandler) {
        self.members.value[ObjectIdentifier(member)] = nil
        if self.members.value.isEmpty { self.hasMembers.store(false, ordering: .sequentiallyConsistent) }
    }

    /// The feed has something new. From any thread.
    func signal() {
        guard self.hasMembers.load(ordering: .sequentiallyConsistent),
            !self.isSignalled.exchange(true, ordering: .acquiringAndReleasing)
        else { return }
        self.eventLoop.execute { self.pump() }
    }

    /// Brings every member up to date and says that all is well. Done when the last has been told.
    ///
    /// - Parameters:
    ///   - round: is told first, to those who want it.
    ///   - turn: which heartbeat it is; nil: one that everybody is to hear.
    func heartbeat(with round: CountsRound? = nil, turn: Int? = nil) -> EventLoopFuture<Void> {
        let done = self.eventLoop.makePromise(of: Void.self)
        let isForInner = turn.map { $0.isMultiple(of: WatchHub.innerTurns) } ?? true
        let members = self.members.value.values.filter { isForInner || !$0.isInner }
        self.visit(members[...], by: WatchHub.beatSize, done) { member in
            if let round { member.take(round) }
            member.changesCame()
            member.heartbeat()
        }
        return done.futureResult
    }

    /// Tells a round to those who want it. From any thread.
    func tell(_ round: CountsRound) {
        guard !self.isTelling.exchange(true, ordering: .acquiringAndReleasing) else { return }
        self.eventLoop.execute { self.tellMembers(round) }
    }

    private func tellMembers(_ round: CountsRound) {
        let members = self.members.value.values.filter(\.wantsCounts)
        let done = self.eventLoop.makePromise(of: Void.self)
        self.visit(members[...], by: WatchHub.countsBeatSize, done) { member in
            member.take(round)
            member.changesCame()
        }
        done.futureResult.whenComplete { _ in self.isTelling.store(false, ordering: .releasing) }
    }

    private func visit(
        _ members: ArraySlice<ConnectionHandler>, by size: Int, _ done: EventLoopPromise<Void>,
        _ body: @escaping (ConnectionHandler) -> Void
    ) {
        for member in members.prefix(size) { body(member) }
        let rest = members.dropFirst(size)
        guard !rest.isEmpty else { return done.succeed() }
        // A task without a delay would run before any connection is looked at.
        self.eventLoop.assumeIsolated().scheduleTask(in: WatchHub.breath) {
            self.visit(rest, by: size, done, body)
        }
    }

    private func pump() {
        // Cleared before reading: a change that comes now signals again.
        self.isSignalled.store(false, ordering: .sequentiallyConsistent)
        for member in self.members.value.values { member.changesCame() }
    }
}

/// The hubs of all event loops.
final class WatchHubs: Sendable {
    private let hubs: [WatchHub]

    init(_ eventLoops: [any EventLoop]) {
        self.hubs = eventLoops.map(WatchHub.init)
    }

    /// The hub of an event loop that serves connections.
    func hub(of eventLoop: any EventLoop) -> WatchHub {
        guard let hub = self.hubs.first(where: { $0.eventLoop === eventLoop }) else {
            preconditionFailure("connections are served by the event loops that the hubs were made for")
        }
        return hub
    }

    func signal() {
        for hub in self.hubs { hub.signal() }
    }

    /// From any thread.
    func tell(_ round: CountsRound) {
        for hub in self.hubs { hub.tell(round) }
    }

    /// Done when every watcher on every loop has been sent its heartbeat.
    func heartbeat(with round: CountsRound?, on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        let sent = self.hubs.map { hub in hub.eventLoop.flatSubmit { hub.heartbeat(with: round) } }
        return EventLoopFuture.andAllComplete(sent, on: eventLoop)
    }

    /// Sends heartbeats from now on, every `milliseconds` of real time.
    func startHeartbeats(every milliseconds: Int) {
        let period = TimeAmount.milliseconds(Int64(milliseconds))
        for hub in self.hubs {
            let turn = NIOLoopBoundBox.makeBoxSendingValue(0, eventLoop: hub.eventLoop)
            hub.eventLoop.scheduleRepeatedAsyncTask(initialDelay: period, delay: period) { _ in
                turn.value += 1
                return hub.heartbeat(turn: turn.value)
            }
        }
    }
}
