// Keeps the cells as the daemon's events tell. Names are watched in groups, because a watch holds so many
// patterns and a connection so many watches. A name that comes later joins the last group, whose watch is
// then replaced: the new one first, so that nothing is missed. Always by a snapshot: a few hundred events,
// and no history to be relied on.

import BreakerCore
import BreakerWire
import Logging

final class Mirror {
    /// Names of one watch, and watches: the daemon takes 64 and 16, and one is for replacing another.
    static let groupNames = 64
    static let mostGroups = 15
    /// What is not refreshed by so many heartbeats is not believed.
    static let trustedHeartbeats = 3

    private struct Group {
        var cells: [BreakerCell]
        /// The live watch; nil: none was asked for yet.
        var watch: Watch
        /// The watch that this one replaces, until it is answered.
        var former: Int64?
    }

    private struct Watch {
        let id: Int64
        /// Names that the snapshot under way has told; nil: it is complete.
        var told: Set<String>?
    }

    private let signals: LinkSignals
    private let configuration: BreakerClient.Configuration
    private var groups: [Group] = []
    private var cells: [String: BreakerCell] = [:]
    private var heartbeat = Duration.seconds(5)
    private var lastHeard = Instant(nanoseconds: 0)
    private var supervision: ClientTimer?
    /// The log knows that events stay away.
    private var isDistrusted = false

    init(signals: LinkSignals, configuration: BreakerClient.Configuration) {
        self.signals = signals
        self.configuration = configuration
    }

    // MARK: The connection

    func connected(_ manager: ConnectionManager, hello: Hello, cells: [BreakerCell]) {
        self.heartbeat = hello.heartbeat
        self.add(cells[...], over: manager)
    }

    /// What is known stays with the cells, for each to begin its own verdicts from.
    func disconnected() {
        self.signals.setFresh(until: nil)
        self.isDistrusted = false
        self.supervision?.cancel()
        self.supervision = nil
        self.groups.removeAll()
        for cell in self.cells.values { cell.endMirror() }
        self.cells.removeAll()
    }

    /// Watches further names. Those beyond the bound are asked for at each call.
    func add(_ cells: ArraySlice<BreakerCell>, over manager: ConnectionManager) {
        guard self.configuration.mode == .cached, !cells.isEmpty else { return }
        var rest = cells
        if let last = self.groups.indices.last {
            let room = Mirror.groupNames - self.groups[last].cells.count
            if room > 0 {
                self.groups[last].cells += rest.prefix(room)
                self.watch(last, over: manager)
                rest = rest.dropFirst(room)
            }
        }
        while !rest.isEmpty, self.groups.count < Mirror.mostGroups {
            self.groups.append(Group(cells: Array(rest.prefix(Mirror.groupNames)), watch: Watch(id: 0)))
            self.watch(self.groups.count - 1, over: manager)
            rest = rest.dropFirst(Mirror.groupNames)
        }
        for cell in cells.dropLast(rest.count) { self.cells[cell.name] = cell }
        if self.supervision == nil { self.supervise(manager) }
    }

    private func watch(_ index: Int, over manager: ConnectionManager) {
        let names = self.groups[index].cells.map(\.name)
        let request = Request("watch", deadline: self.configuration.commandDeadline) { line in
            line.array("breakers") { list in
                for name in names { list.element(name) }
            }
        }
        let former = self.groups[index].watch.id
        if former != 0 {
            // One that is still unanswered has a former of its own, which must go too.
            if let older = self.groups[index].former { self.unwatch(older, over: manager) }
            self.groups[index].former = former
        }
        self.groups[index].watch = Watch(id: request.id, told: [])
        manager.submit(
            request,
            .client { [weak self, weak manager] result in
                guard let self, let manager else { return }
                self.answered(request.id, result, manager)
            })
    }

    private func unwatch(_ id: Int64, over manager: ConnectionManager) {
        manager.submit(
            Request("unwatch", deadline: self.configuration.commandDeadline) { $0.field("watch", id) },
            .nobody)
    }

    private func answered(_ id: Int64, _ result: Result<Reply, BreakerError>, _ manager: ConnectionManager) {
        guard let index = self.groups.firstIndex(where: { $0.watch.id == id }) else {
            // It was replaced while it was on its way.
            return
        }
        switch result {
        case .success:
            if let former = self.groups[index].former.take() { self.unwatch(former, over: manager) }
        case .failure(let error):
            switch error.code {
            case .unavailable, .draining, .shutDown: break
            case .deadlineExceeded: manager.drop("no answer to watch")
            default:
                // Without a watch every call asks, which is right, if slow.
                self.configuration.logger.log(.watchRefused, at: .error, ["error": "\(error)"])
            }
        }
    }

    // MARK: Events

    func received(_ event: Reply, from manager: ConnectionManager) throws(BreakerError) {
        guard let id = try event.optionalCount("watch"), let value = try event.event() else { return }
        self.lastHeard = manager.now
        self.signals.setFresh(
            until: manager.now + Interval(self.heartbeat * Mirror.trustedHeartbeats))
        if self.isDistrusted {
            self.isDistrusted = false
            self.configuration.logger.log(.mirrorTrusted, at: .info)
        }
        // A watch that is being replaced still tells the truth, but its snapshots are nobody's.
        let index = self.groups.firstIndex { $0.watch.id == Int64(id) }
        switch value {
        case .state(let change):
            guard let cell = self.cells[change.breaker] else { return }
            let isSnapshot = index.map { self.groups[$0].watch.told != nil } ?? false
            if isSnapshot, let index { self.groups[index].watch.told?.insert(change.breaker) }
            cell.learn(change, at: manager.now, anew: isSnapshot)
        case .forgotten(let name, _): self.cells[name]?.forget()
        case .synced: if let index { self.synced(index) }
        case .reset: if let index { self.groups[index].watch.told = [] }
        case .heartbeat, .counts: break
        }
    }

    /// What the snapshot did not tell does not exist.
    private func synced(_ index: Int) {
        guard let told = self.groups[index].watch.told else { return }
        self.groups[index].watch.told = nil
        for cell in self.groups[index].cells {
            if !told.contains(cell.name) { cell.forget() }
            cell.becomeMirrored()
        }
    }

    // MARK: Supervision

    /// Events that stay away may mean a dead connection, or a daemon whose clock stands still
    /// (`--manual-clock`): a ping tells.
    private func supervise(_ manager: ConnectionManager) {
        let patience = self.heartbeat * Mirror.trustedHeartbeats
        self.supervision = manager.schedule(in: patience) { [weak self, weak manager] in
            guard let self, let manager else { return }
            let silence = manager.now - self.lastHeard
            if silence >= Interval(patience) {
                self.distrust(since: silence)
                self.ping(manager)
            }
            self.supervise(manager)
        }
    }

    /// Calls ask already; the log is told, once.
    private func distrust(since silence: Interval) {
        guard !self.isDistrusted else { return }
        self.isDistrusted = true
        self.configuration.logger.log(
            .mirrorDistrusted, at: .warning, ["silence": "\(Duration(silence))"])
    }

    private func ping(_ manager: ConnectionManager) {
        manager.submit(
            Request("ping", deadline: self.configuration.connectDeadline) { _ in },
            .client { [weak manager] result in
                guard case .failure(let error) = result, error.code == .deadlineExceeded else { return }
                manager?.drop("no heartbeats and no answer to ping")
            })
    }
}
