// Replies about policies, the history and the daemon itself.

import BreakerWire

extension Reply {
    func history() throws(BreakerError) -> [HistoryEvent] {
        var events: [HistoryEvent] = []
        for event in try self.list("events") { events.append(try event.historyEvent()) }
        return events
    }

    private func historyEvent() throws(BreakerError) -> HistoryEvent {
        let policy = try self.optionalNested("policy")
        return HistoryEvent(
            id: try self.count("event_id"), at: try self.wallTime("at_ms"), kind: try self.value("kind"),
            breaker: try self.optionalString("breaker"), match: try self.optionalString("match"),
            from: try self.optionalValue("from"), to: try self.optionalValue("to"),
            generation: try self.optionalCount("generation"), actor: try self.optionalString("actor"),
            note: try self.optionalString("note"), reason: try self.optionalNested("reason")?.reason(),
            mode: try self.optionalValue("mode"), policy: policy == nil ? nil : try self.policy("policy"))
    }

    func policyChange() throws(BreakerError) -> PolicyChange {
        PolicyChange(
            revision: try self.count("revision"), matched: try self.integer("matched"),
            isDryRun: try self.optionalBool("dry_run") ?? false)
    }

    func policyRules() throws(BreakerError) -> PolicyRules {
        var rules: [PolicyRule] = []
        for rule in try self.list("policies") {
            rules.append(
                PolicyRule(
                    match: try rule.string("match"), source: try rule.value("source"),
                    policy: try rule.policy("policy"), actor: try rule.optionalString("actor"),
                    reason: try rule.optionalString("reason"),
                    at: try rule.optionalInteger("at_ms").map { WallTime(unixMilliseconds: Int64($0)) }))
        }
        return PolicyRules(revision: try self.count("revision"), rules: rules)
    }

    func effectivePolicy() throws(BreakerError) -> EffectivePolicy {
        let sources = try self.nested("sources")
        var origins: [String: EffectivePolicy.Origin] = [:]
        for member in sources.object.members {
            let origin = try sources.nested(member.key)
            origins[member.key] = EffectivePolicy.Origin(
                source: try origin.value("source"), match: try origin.optionalString("match"))
        }
        return EffectivePolicy(
            breaker: try self.string("breaker"), policy: try self.policy("policy"), sources: origins)
    }

    func sessions() throws(BreakerError) -> [DaemonSession] {
        var sessions: [DaemonSession] = []
        for session in try self.list("sessions") {
            let client = try session.optionalNested("client")
            sessions.append(
                DaemonSession(
                    session: try session.string("session"), clientName: try client?.optionalString("name"),
                    clientInstance: try client?.optionalString("instance"),
                    clientLibrary: try client?.optionalString("library"),
                    transport: try session.string("transport"), peer: try session.optionalString("peer"),
                    connectedFor: try session.span("connected_ms"), requests: try session.count("requests"),
                    watches: try session.integer("watches"), permits: try session.integer("permits"),
                    isOwn: try session.optionalBool("self") ?? false))
        }
        return sessions
    }

    func stats() throws(BreakerError) -> DaemonStats {
        DaemonStats(
            server: try self.string("server"), protocol: try self.integer("protocol"),
            epoch: try self.count("epoch"), now: try self.wallTime("now_ms"),
            uptime: try self.span("uptime_ms"),
            clock: try self.string("clock"), connections: try self.integer("connections"),
            sessions: try self.count("sessions"), watches: try self.integer("watches"),
            breakers: try self.nested("breakers").breakerCounts(), revision: try self.count("revision"),
            policies: try self.nested("policies").policyCounts(),
            requests: try self.nested("requests").counts(), errors: try self.nested("errors").counts(),
            transitions: try self.count("transitions"),
            refusedConnections: try self.count("refused_connections"),
            store: try self.nested("store").storeStatus(),
            limits: try self.optionalNested("limits")?.statsLimits())
    }

    private func breakerCounts() throws(BreakerError) -> DaemonStats.Breakers {
        DaemonStats.Breakers(
            total: try self.integer("total"), closed: try self.integer("closed"),
            open: try self.integer("open"),
            halfOpen: try self.integer("half_open"), forced: try self.integer("forced"))
    }

    private func policyCounts() throws(BreakerError) -> DaemonStats.Policies {
        DaemonStats.Policies(
            operator: try self.integer("operator"), file: try self.integer("file"),
            revision: try self.count("revision"))
    }

    private func counts() throws(BreakerError) -> [String: UInt64] {
        var counts: [String: UInt64] = [:]
        for member in self.object.members { counts[member.key] = try self.count(member.key) }
        return counts
    }

    private func storeStatus() throws(BreakerError) -> DaemonStats.Store {
        DaemonStats.Store(
            status: try self.string("status"), path: try self.string("path"),
            error: try self.optionalString("error"), failingFor: try self.optionalSpan("failing_ms"),
            owed: try self.integer("owed"), dropped: try self.integer("dropped"),
            commits: try self.integer("commits"), lastCommit: try self.optionalSpan("last_commit_ms"),
            historyRows: try self.integer("rows_history"),
            databaseBytes: try self.optionalInteger("database_bytes"),
            diskFreeBytes: try self.optionalInteger("disk_free_bytes"))
    }

    private func statsLimits() throws(BreakerError) -> DaemonStats.Limits {
        DaemonStats.Limits(
            connections: try self.integer("connections"), breakers: try self.integer("breakers"),
            historyRows: try self.integer("history_rows"),
            descriptors: try self.optionalInteger("descriptors"))
    }
}
