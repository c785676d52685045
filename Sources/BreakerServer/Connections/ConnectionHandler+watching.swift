// Watches: snapshots, changes in order, heartbeats.

import BreakerCore
import BreakerWire
import NIOCore
import Synchronization

extension ConnectionHandler {
    /// Changes taken from the feed at once.
    private static let feedChunk = 256

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
        var watcher = Watcher(
            id: id, patterns: request.breakers, progress: .snapshot(piece: 0, since: revision))
        var mode = "snapshot"
        if let since = request.since, case .changes = feed.read(after: since, limit: 0) {
            watcher.progress = .following(after: since)
            watcher.syncAt = revision
            mode = "resume"
        }
        self.reply(to: id) { $0.field("mode", mode) }
        if self.watchers.isEmpty { self.hub.join(self) }
        self.watchers.append(watcher)
        self.session.watches.store(self.watchers.count, ordering: .relaxed)
        self.pumpWatches()
    }

    func unwatch(_ watch: RequestID, id: RequestID) {
        guard let index = self.watchers.firstIndex(where: { $0.id == watch }) else {
            return self.replyError(WireError(.notFound, "no watch with this id is open", field: "watch"), to: id)
        }
        self.watchers.remove(at: index)
        if self.watchers.isEmpty { self.hub.leave(self) }
        self.session.watches.store(self.watchers.count, ordering: .relaxed)
        self.reply(to: id) { _ in }
    }

    /// Sends what the feed has beyond the watches' cursors, as far as the peer takes it.
    func pumpWatches() {
        for index in self.watchers.indices {
            while self.hasRoom, self.step(&self.watchers[index]) {}
        }
        self.flush()
    }

    /// Tells every watch that is up to date that it is.
    func heartbeat() {
        for watcher in self.watchers where watcher.isSynced && self.hasRoom {
            guard case .following(let revision) = watcher.progress else { continue }
            self.event(watcher, "heartbeat") { $0.field("revision", revision) }
        }
        self.flush()
    }

    /// One piece of a snapshot or one chunk of the feed. Whether there may be more.
    private func step(_ watcher: inout Watcher) -> Bool {
        switch watcher.progress {
        case .snapshot(let piece, let since):
            self.sendSnapshot(piece, since: since, &watcher)
            return true
        case .following(let cursor):
            switch self.service.engine.feed.read(after: cursor, limit: ConnectionHandler.feedChunk) {
            case .changes(let changes):
                self.sendChanges(changes, after: cursor, &watcher)
                return !changes.isEmpty
            case .lost:
                self.event(watcher, "reset") { $0.field("reason", "slow") }
                watcher.progress = .snapshot(piece: 0, since: self.service.engine.feed.revision)
                watcher.shown = [:]
                return true
            }
        }
    }

    private func sendSnapshot(_ piece: Int, since: UInt64, _ watcher: inout Watcher) {
        let now = self.service.engine.clock.now()
        for (name, revision, state) in self.service.engine.snapshot(shard: piece, where: watcher.wants) {
            if revision > since { watcher.shown[name] = revision }
            self.stateEvent(watcher, revision: revision, breaker: name, state, at: now)
        }
        if piece + 1 < Engine.snapshotPieces {
            watcher.progress = .snapshot(piece: piece + 1, since: since)
        } else {
            watcher.progress = .following(after: since)
            watcher.syncAt = self.service.engine.feed.revision
        }
    }

    private func sendChanges(_ changes: [Change], after cursor: UInt64, _ watcher: inout Watcher) {
        let now = self.service.engine.clock.now()
        for change in changes where watcher.wants(change.breaker) {
            if let shown = watcher.shown[change.breaker], change.revision <= shown { continue }
            switch change.kind {
            case .state(let state):
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
            self.event(watcher, "synced") { $0.field("revision", reached) }
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

    private func event(_ watcher: Watcher, _ kind: StaticString, _ fields: (inout JSONWriter) -> Void) {
        self.output.writeJSONLine { event in
            watcher.id.withBytes { event.raw("watch", $0) }
            event.field("event", kind.description)
            fields(&event)
        }
    }
}
