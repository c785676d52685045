// What the daemon tells of itself: `sessions` and `stats`.

import BreakerCore
import BreakerStore
import BreakerWire
import Synchronization

extension JSONWriter {
    /// One connection.
    mutating func fields(of session: SessionRecord, permits: Int, isSelf: Bool, at now: Instant) {
        self.field("session", session.label)
        if let client = session.client.withLock({ $0 }) {
            self.object("client") { object in
                object.field("name", client.name)
                object.field("instance", client.instance)
                object.field("library", client.library)
            }
        }
        self.field("transport", session.transport.rawValue)
        self.field("peer", session.peer)
        self.field("connected_ms", max(0, (now - session.connectedAt).wholeMillisecondsDown))
        self.field("requests", session.requests)
        self.field("watches", session.watches.load(ordering: .relaxed))
        self.field("permits", permits)
        self.field("self", isSelf ? true : nil)
    }

    /// All of `stats`.
    mutating func stats(of service: Service, at moment: Moment) {
        self.field("server", "breakerd/\(BreakerdVersion.current)")
        self.field("protocol", 1)
        self.field("epoch", service.epoch)
        self.field("now_ms", moment.wallMilliseconds)
        self.field("uptime_ms", (moment.now - service.startedAt).wholeMillisecondsDown)
        self.field("clock", service.engine.clock.isManual ? "manual" : "system")
        self.field("connections", service.sessions.count)
        self.field("sessions", service.sessions.all.count { $0.client.withLock { $0 } != nil })
        self.field("watches", service.sessions.all.reduce(0) { $0 + $1.watches.load(ordering: .relaxed) })
        self.field("refused_connections", service.sessions.refused)
        self.breakers(service.engine.stateCounts())
        self.field("revision", service.engine.feed.revision)
        self.field("transitions", service.engine.transitions)
        self.policies(service.engine.policies())
        self.requests(of: service)
        self.object("limits") { object in
            object.field("connections", service.limits.connections)
            object.field("breakers", service.limits.breakers)
            object.field("history_rows", service.limits.historyRows)
            object.field("descriptors", FileDescriptorLimit.current)
        }
        // Counters first: what a flush hands over meanwhile is then counted twice rather than not at all.
        let unflushed = service.engine.unflushedCount
        self.store(service.store.status, unflushed: unflushed)
    }

    private mutating func breakers(_ counts: StateCounts) {
        self.object("breakers") { object in
            object.field("total", counts.total)
            object.field("closed", counts.closed)
            object.field("open", counts.open)
            object.field("half_open", counts.halfOpen)
            object.field("forced", counts.forced)
        }
    }

    private mutating func policies(_ policies: (revision: UInt64, rules: [PolicyRuleView])) {
        self.object("policies") { object in
            object.field("operator", policies.rules.count { $0.source == .operator })
            object.field("file", policies.rules.count { $0.source == .file })
            object.field("revision", policies.revision)
        }
    }

    private mutating func requests(of service: Service) {
        let current = service.counters.current(adding: service.sessions.hotCounts)
        self.object("requests") { object in
            for (operation, count) in current.requests { object.field(named: operation.rawValue, count) }
        }
        self.object("errors") { object in
            for (code, count) in current.errors { object.field(named: code.rawValue, count) }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func store(_ status: StoreStatus, unflushed: Int) {
        self.object("store") { object in
            object.field("status", status.isFailing ? "failing" : "ok")
            object.field("path", status.path)
            object.field("error", status.error)
            object.field("failing_ms", status.failingFor?.wholeMillisecondsDown)
            object.field("owed", status.owed + unflushed)
            object.field("dropped", status.droppedEvents)
            object.field("commits", status.commits)
            object.field("last_commit_ms", status.lastCommitDuration.milliseconds)
            object.field("rows_history", status.historyRows)
            object.field("database_bytes", status.databaseBytes)
            object.field("disk_free_bytes", status.diskFreeBytes)
        }
    }
}
