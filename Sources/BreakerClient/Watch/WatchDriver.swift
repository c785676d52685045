// Keeps a watch going over a connection that comes and goes: asks at each new connection for what happened
// since, and tells the consumer `reset` where that cannot be had.

import BreakerCore
import BreakerWire
import NIOCore

final class WatchDriver: ConnectionObserver {
    /// Missing this many heartbeats makes the driver ask whether the daemon is still there.
    private static let missedHeartbeats = 3

    private enum Phase {
        case disconnected
        /// `watch` was sent under this id.
        case asked(Int64)
        /// The snapshot comes, not in the order of revisions.
        case snapshot(Int64)
        /// Changes come in the order of revisions.
        case live(Int64)
    }

    private let patterns: [String]
    private let counts: Bool
    private let buffer: WatchBuffer
    private let loop: any EventLoop
    private let clock: ClientClock
    private var phase = Phase.disconnected
    /// Everything up to this revision was delivered.
    private var known: UInt64?
    /// Whether the consumer knows something that a snapshot would have to replace.
    private var hasTold: Bool
    private var hasBeenConnected = false
    private var lastHeard = Instant(nanoseconds: 0)
    private var supervision: ClientTimer?

    init(
        patterns: [String], since: UInt64?, counts: Bool, buffer: WatchBuffer, loop: any EventLoop,
        clock: ClientClock
    ) {
        self.patterns = patterns
        self.counts = counts
        self.buffer = buffer
        self.loop = loop
        self.clock = clock
        self.known = since
        self.hasTold = since != nil
    }

    // MARK: The connection

    func connected(_ manager: ConnectionManager, hello: Hello) {
        self.hasBeenConnected = true
        let request = Request("watch", deadline: manager.configuration.commandDeadline) { line in
            line.array("breakers") { list in
                for pattern in self.patterns { list.element(pattern) }
            }
            line.field("since", self.known)
            if self.counts { line.field("counts", true) }
        }
        self.phase = .asked(request.id)
        manager.submit(
            request,
            .client { [weak self, weak manager] result in
                guard let self, let manager else { return }
                self.answered(request.id, result, manager)
            })
        self.lastHeard = self.clock.now
        self.supervise(manager, every: hello.heartbeat * WatchDriver.missedHeartbeats)
    }

    func disconnected(_ error: BreakerError, from manager: ConnectionManager) {
        self.phase = .disconnected
        self.supervision?.cancel()
        // A daemon that was never there is for the consumer to know; one that was will come back.
        if !self.hasBeenConnected { self.finish(error, manager) }
    }

    func closed() {
        self.supervision?.cancel()
        self.buffer.end(with: nil)
    }

    private func finish(_ error: BreakerError, _ manager: ConnectionManager) {
        self.buffer.end(with: error)
        manager.close()
    }

    // MARK: The watch

    private func answered(_ id: Int64, _ result: Result<Reply, BreakerError>, _ manager: ConnectionManager) {
        guard case .asked(id) = self.phase else { return }
        switch result {
        case .success(let reply):
            if case .string("resume")? = reply.object["mode"] {
                self.phase = .live(id)
            } else {
                self.phase = .snapshot(id)
                if self.hasTold { self.reset(manager) }
            }
        case .failure(let error):
            switch error.code {
            // The connection is lost, or about to be: asked again over the next one.
            case .unavailable, .draining: break
            case .deadlineExceeded: manager.drop("no answer to watch")
            default: self.finish(error, manager)
            }
        }
    }

    func received(_ event: Reply, from manager: ConnectionManager) {
        self.lastHeard = self.clock.now
        guard case .integer(let id)? = event.object["watch"], self.isCurrent(id) else { return }
        do throws(BreakerError) {
            guard let value = try event.event() else { return }
            self.note(value, id)
            self.deliver(value, event.text, manager)
        } catch {
            manager.drop("the daemon sent a malformed event: \(error.message)")
        }
    }

    /// What the event says of how far everything is known.
    private func note(_ event: BreakerEvent, _ id: Int64) {
        self.hasTold = true
        switch event {
        case .synced(let revision), .heartbeat(let revision):
            self.phase = .live(id)
            self.known = revision
        case .state(let change): if self.isLive { self.known = change.revision }
        case .forgotten(_, let revision): if self.isLive { self.known = revision }
        case .counts: break
        case .reset:
            self.phase = .snapshot(id)
            self.known = nil
        }
    }

    private func reset(_ manager: ConnectionManager) {
        self.known = nil
        let reason = ResetReason.reconnected
        self.deliver(.reset(reason), #"{"event":"reset","reason":"\#(reason)"}"#, manager)
    }

    private func deliver(_ event: BreakerEvent, _ text: String, _ manager: ConnectionManager) {
        if self.buffer.offer(WatchDelivery(event: event, text: text)) { manager.pauseReading() }
    }

    private func isCurrent(_ id: Int64) -> Bool {
        switch self.phase {
        case .asked(let current), .snapshot(let current), .live(let current): id == current
        case .disconnected: false
        }
    }

    private var isLive: Bool {
        switch self.phase {
        case .live: true
        case .disconnected, .asked, .snapshot: false
        }
    }

    // MARK: Supervision

    /// Heartbeats that stay away may mean a dead connection, or a daemon whose clock stands still
    /// (`--manual-clock`): a ping tells.
    private func supervise(_ manager: ConnectionManager, every patience: Duration) {
        self.supervision = self.clock.schedule(in: patience, on: self.loop) { [weak self, weak manager] in
            guard let self, let manager else { return }
            if self.buffer.hasEnded { return manager.close() }
            if self.clock.now - self.lastHeard >= Interval(patience), !manager.isReadingPaused {
                self.ping(manager)
            }
            self.supervise(manager, every: patience)
        }
    }

    private func ping(_ manager: ConnectionManager) {
        manager.submit(
            Request("ping", deadline: manager.configuration.connectDeadline) { _ in },
            .client { [weak self, weak manager] result in
                switch result {
                case .success: break
                case .failure(let error) where error.code == .deadlineExceeded:
                    if manager?.isReadingPaused == false {
                        manager?.drop("no heartbeats and no answer to ping")
                    }
                case .failure: break
                }
                if let self { self.lastHeard = self.clock.now }
            })
    }
}
