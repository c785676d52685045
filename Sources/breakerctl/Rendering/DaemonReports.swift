import BreakerClient

/// What `breakerctl sessions` prints.
enum SessionTable {
    static func table(of sessions: [DaemonSession]) -> Table {
        var table = Table([
            Table.Column(title: "SESSION"), Table.Column(title: "CLIENT", shrinks: true),
            Table.Column(title: "INSTANCE", shrinks: true), Table.Column(title: "LIBRARY", yields: true),
            Table.Column(title: "FROM", yields: true), Table.Column(title: "CONNECTED", right: true),
            Table.Column(title: "REQUESTS", right: true), Table.Column(title: "WATCHES", right: true),
            Table.Column(title: "PERMITS", right: true), Table.Column(title: ""),
        ])
        for session in sessions {
            table.add([
                Line(session.session), Line(session.clientName ?? "-"), Line(session.clientInstance ?? "-"),
                Line(session.clientLibrary ?? "-"), Line(session.peer ?? session.transport),
                Line(Span.past(session.connectedFor)), Line(session.requests.grouped),
                Line(session.watches.grouped), Line(session.permits.grouped),
                session.isOwn ? Line("you", .dim) : "",
            ])
        }
        return table
    }
}

/// What `breakerctl stats` prints.
struct StatsReport: Sendable {
    let stats: DaemonStats
    let clock: Clock

    var sections: Sections {
        var sections = Sections()
        self.addDaemon(to: &sections)
        self.addBreakers(to: &sections)
        self.addStore(to: &sections)
        self.add(self.stats.requests, heading: "Requests", to: &sections)
        self.add(self.stats.errors, heading: "Errors", to: &sections)
        return sections
    }

    private func addDaemon(to sections: inout Sections) {
        sections.heading("Daemon")
        sections.add("server", Line("\(self.stats.server), protocol \(self.stats.protocol)"))
        sections.add("up for", Line("\(Span.past(self.stats.uptime)), start number \(self.stats.epoch)"))
        sections.add("time there", Line(self.clock.dateAndTime(self.stats.now) + self.clockWords))
        sections.add(
            "connections",
            Line("\(self.stats.connections.grouped) now, \(self.stats.sessions.grouped) of them introduced"))
        let refused = self.stats.refusedConnections
        sections.add("refused connections", refused > 0 ? Line(refused.grouped, .yellow) : nil)
        sections.add("watches", Line(self.stats.watches.grouped))
        sections.add("revision", Line(String(self.stats.revision)))
    }

    private var clockWords: String { self.stats.clock == "manual" ? " (manual clock)" : "" }

    private func addBreakers(to sections: inout Sections) {
        let breakers = self.stats.breakers
        let policies = self.stats.policies
        sections.heading("Breakers")
        sections.add("all", Line(breakers.total.grouped))
        sections.add("closed", Line(breakers.closed.grouped))
        sections.add("open", Line(breakers.open.grouped, breakers.open > 0 ? .red : .plain))
        sections.add("half-open", Line(breakers.halfOpen.grouped, breakers.halfOpen > 0 ? .yellow : .plain))
        sections.add("forced", Line(breakers.forced.grouped, breakers.forced > 0 ? .magenta : .plain))
        sections.add("transitions", Line(self.stats.transitions.grouped))
        sections.add(
            "rules",
            Line(
                "\(policies.operator.grouped) by operators (revision \(policies.revision)), "
                    + "\(policies.file.grouped) in the file"))
    }

    private func addStore(to sections: inout Sections) {
        let store = self.stats.store
        sections.heading("Store")
        sections.add("status", self.storeStatus)
        sections.add("database", Line(store.path))
        sections.add("owed records", Line(store.owed.grouped))
        sections.add("dropped records", store.dropped > 0 ? Line(store.dropped.grouped, .red) : nil)
        let took =
            store.lastCommit.flatMap { store.commits > 0 ? ", the last took \(Span.brief($0))" : nil } ?? ""
        sections.add("commits", Line(store.commits.grouped + took))
        sections.add("history", Line(store.historyRows.of("event")))
    }

    private var storeStatus: Line {
        let store = self.stats.store
        guard store.status != "ok" else { return Line("ok", .green) }
        let since = store.failingFor.map { " for \(Span.past($0))" } ?? ""
        let error = store.error.map { ": \($0)" } ?? ""
        return Line("\(store.status)\(since)\(error)", .red)
    }

    private func add(_ counts: [String: UInt64], heading: String, to sections: inout Sections) {
        guard !counts.isEmpty else { return }
        sections.heading(heading)
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        for (name, count) in sorted { sections.add(name, Line(count.grouped)) }
    }
}
