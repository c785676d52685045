// Watches: snapshots, changes in order, heartbeats.

import BreakerCore
import BreakerWire
import NIOCore
import Synchronization

extension ConnectionHandler {
    var hub: WatchHub {
        guard let context = self.context else { preconditionFailure("used after the connection was removed") }
        return self.service.hubs.hub(of: context.eventLoop)
    }

    /// Changes taken from the feed at once.
    private static let feedChunk = 256
    /// Slots of the table that one piece of a snapshot visits: what is held under a lock and beyond a full
    /// output.
    private static let snapshotChunk = 256
    /// Steps before other connections have their turn; enough for all of a small table.
    private static let stepsPerPump = 96

    func watch(_ request: Request.Watch, id: RequestID) {
        guard !self.watchers.contains(where: { $0.id == id }) else {
            return self.replyError(WireError(.conflict, "a watch with this id is open", field: "id"), to: id)
        }
        let limit = self.service.limits.watchesPerConnection
        guard self.watchers.count < limit else {
            return self.replyError(
                WireError(.limit, "a connection has at most \(limit) watches; end one with unwatch"), to: id)
        }
        let feed = self.service.engine.feed
        let revision = feed.revision
        guard !request.counts || self.service.counts.isPossible else {
            let most = CountsRounds.mostBreakers
            return self.replyError(
                WireError(.limit, "counts are told of at most \(most) breakers", field: "counts"), to: id)
        }
        var watcher = Watcher(
            id: id, patterns: request.breakers, progress: .snapshot(.start, since: revision),
            wantsCounts: request.counts)
        var mode = "snapshot"
        if let since = request.since, case .changes = feed.read(after: since, limit: 0) {
            watcher.progress = .following(after: since)
            watcher.syncAt = revision
            mode = "resume"
        }
        self.reply(to: id) { $0.field("mode", mode) }
        if self.watchers.isEmpty { self.hub.join(self) }
        self.watchers.append(watcher)
        if request.counts { self.service.counts.join() }
        self.session.watches.store(self.watchers.count, ordering: .relaxed)
        self.pumpWatches()
    }

    func unwatch(_ watch: RequestID, id: RequestID) {
        guard let index = self.watchers.firstIndex(where: { $0.id == watch }) else {
            return self.replyError(
                WireError(.notFound, "no watch with this id is open", field: "watch"), to: id)
        }
        let watcher = self.watchers.remove(at: index)
        if watcher.counts != nil { self.service.counts.leave() }
        if self.watchers.isEmpty { self.hub.leave(self) }
        self.session.watches.store(self.watchers.count, ordering: .relaxed)
        self.reply(to: id) { _ in }
    }

    /// The connection ends.
    func endWatches() {
        guard !self.watchers.isEmpty else { return }
        for watcher in self.watchers where watcher.counts != nil { self.service.counts.leave() }
        self.watchers = []
        self.session.watches.store(0, ordering: .relaxed)
        self.hub.leave(self)
    }

    /// Sends what the feed has beyond the watches' cursors, as far as the peer takes it, each watch in turn.
    func pumpWatches() {
        guard !self.isPumping else { return }
        self.isPumping = true
        defer { self.isPumping = false }
        var (steps, idle) = (0, 0)
        // Making room can run requests that were held back, and so add and end watches: looked at only after
        // it.
        while self.hasRoom, idle < self.watchers.count {
            guard steps < ConnectionHandler.stepsPerPump else {
                self.hub.signal()
                break
            }
            self.watcherTurn = (self.watcherTurn + 1) % self.watchers.count
            idle = self.step(&self.watchers[self.watcherTurn]) ? 0 : idle + 1
            steps += 1
        }
        self.flush()
    }

    /// Tells every watch that is up to date that it is.
    func heartbeat() {
        // Written at the end only, so that nothing can call back in amid the watches.
        guard self.context != nil, self.isWritable else { return }
        for watcher in self.watchers where watcher.isSynced {
            guard case .following(let revision) = watcher.progress else { continue }
            self.upToDate(watcher, "heartbeat", revision)
        }
        self.flush()
    }

    /// One piece of a snapshot or one chunk of the feed. Whether there may be more.
    private func step(_ watcher: inout Watcher) -> Bool {
        switch watcher.progress {
        case .snapshot(let position, let since):
            self.sendSnapshot(from: position, since: since, &watcher)
            return true
        case .following(let cursor):
            switch self.service.engine.feed.read(after: cursor, limit: ConnectionHandler.feedChunk) {
            case .changes(let changes):
                self.sendChanges(changes, after: cursor, &watcher)
                return !changes.isEmpty || self.sendCounts(&watcher, upTo: cursor)
            case .lost:
                self.event(watcher, "reset") { $0.field("reason", "slow") }
                watcher.progress = .snapshot(.start, since: self.service.engine.feed.revision)
                watcher.shown = [:]
                return true
            }
        }
    }

    private func sendSnapshot(from position: SnapshotPosition, since: UInt64, _ watcher: inout Watcher) {
        let now = self.service.engine.clock.now()
        let piece = self.piece(from: position, for: watcher)
        for shown in piece.states {
            if shown.revision > since { watcher.shown[shown.name] = shown.revision }
            self.stateEvent(watcher, revision: shown.revision, breaker: shown.name, shown.state, at: now)
        }
        if let next = piece.next {
            watcher.progress = .snapshot(next, since: since)
        } else {
            watcher.progress = .following(after: since)
            watcher.syncAt = self.service.engine.feed.revision
        }
    }

    private func piece(
        from position: SnapshotPosition, for watcher: Watcher
    ) -> (states: [ShownState], next: SnapshotPosition?) {
        if let names = watcher.onlyNames { return (self.service.engine.snapshot(of: names), nil) }
        return self.service.engine.snapshot(
            from: position, slots: ConnectionHandler.snapshotChunk, where: watcher.wants)
    }

    private func sendChanges(_ changes: [Change], after cursor: UInt64, _ watcher: inout Watcher) {
        let now = self.service.engine.clock.now()
        for change in changes where watcher.wants(change.breaker) {
            if let shown = watcher.shown[change.breaker], change.revision <= shown { continue }
            switch change.kind {
            case .created(let state), .state(let state):
                self.stateEvent(watcher, revision: change.revision, breaker: change.breaker, state, at: now)
            case .forgotten:
                self.event(watcher, "forgotten") { event in
                    event.field("revision", change.revision)
                    event.field("breaker", change.breaker)
                }
            }
        }
        let reached = changes.last?.revision ?? cursor
        watcher.progress = .following(after: reached)
        if let syncAt = watcher.syncAt, reached >= syncAt {
            watcher.syncAt = nil
            watcher.shown = [:]
            self.upToDate(watcher, "synced", reached)
        }
    }

    /// An event which says that everything up to a revision has been told.
    private func upToDate(_ watcher: Watcher, _ kind: StaticString, _ revision: UInt64) {
        self.event(watcher, kind) { event in
            event.field("revision", revision)
            event.field("policy_changes", self.service.engine.policyChanges.load(ordering: .acquiring))
        }
    }

    private func stateEvent(
        _ watcher: Watcher, revision: UInt64, breaker: String, _ state: StateView, at now: Instant
    ) {
        self.event(watcher, "state") { event in
            event.field("revision", revision)
            event.field("breaker", breaker)
            event.field("state", state.state.rawValue)
            event.field("generation", state.generation)
            event.field("retry_after_ms", state.until.map { max(0, ($0 - now).wholeMillisecondsUp) })
            event.override(state.override, since: state.since, at: now)
            event.field("reason", state.reason?.json)
        }
    }

    func event(_ watcher: Watcher, _ kind: StaticString, _ fields: (inout JSONWriter) -> Void) {
        self.output.writeJSONLine { event in
            watcher.id.withBytes { event.raw("watch", $0) }
            event.field("event", kind.description)
            fields(&event)
        }
    }
}
