// What the figures of a daemon mean. Pure: the same figures always give the same findings.

import BreakerClient

enum Diagnosis {
    /// From this part of a bound on it is time to act.
    private static let nearBound = 0.8
    private static let greatestSkew = Duration.seconds(2)
    private static let slowCommit = Duration.milliseconds(100)
    private static let manyOwed = 10_000
    /// An override without an end that is older was probably forgotten.
    private static let longForced = Duration.seconds(86_400)
    private static let namedOverrides = 5

    /// - Parameters:
    ///   - overridden: the breakers under an override.
    ///   - skew: the daemon's wall clock less this machine's.
    static func findings(_ stats: DaemonStats, overridden: [BreakerStatus], skew: Duration) -> [Finding] {
        [self.version(stats), self.clock(stats, skew: skew)]
            + self.bounds(stats) + [
                self.store(stats.store), self.commits(stats.store), self.disk(stats.store),
            ]
            + [self.overrides(overridden)]
    }

    private static func version(_ stats: DaemonStats) -> Finding {
        let own = BreakerClient.library.split(separator: "/").last ?? ""
        let theirs = stats.server.split(separator: "/").last ?? ""
        let what = "\(stats.server), protocol \(stats.protocol); breakerctl \(own)"
        guard stats.protocol == 1 else {
            return .fail("version", what, "use the breakerctl that came with the daemon")
        }
        if own == theirs { return .ok("version", what) }
        return .warn("version", what, "bring both to one version")
    }

    private static func clock(_ stats: DaemonStats, skew: Duration) -> Finding {
        guard stats.clock != "manual" else {
            return .fail(
                "clock", "time stands still there (--manual-clock), so nothing ever recovers",
                "start breakerd without --manual-clock")
        }
        let size = skew < .zero ? .zero - skew : skew
        guard size > self.greatestSkew else { return .ok("clock", "agrees with this machine's") }
        return .warn(
            "clock", "\(Span.past(size)) \(skew < .zero ? "behind" : "ahead of") this machine's",
            "synchronise both by NTP; deadlines survive a restart by the wall clock")
    }

    private static func bounds(_ stats: DaemonStats) -> [Finding] {
        guard let limits = stats.limits else { return [] }
        var findings = [
            self.bound(
                "connections", stats.connections, limits.connections, "raise limits.connections",
                refused: stats.refusedConnections),
            self.bound(
                "breakers", stats.breakers.total, limits.breakers,
                "raise limits.breakers, or look for names made of ids: `breakerctl list`"),
        ]
        // The oldest event goes when one too many comes: nothing fails.
        let history = self.bound(
            "history", stats.store.historyRows, limits.historyRows,
            "the oldest events go; raise limits.history_rows to keep more")
        findings.append(
            history.level == .fail ? .warn(history.check, history.what, history.remedy ?? "") : history)
        if let descriptors = limits.descriptors {
            let what = "\(descriptors.grouped) files and sockets allowed"
            findings.append(
                descriptors > limits.connections
                    ? .ok("descriptors", what)
                    : .warn(
                        "descriptors", "\(what) for \(limits.connections.grouped) connections",
                        "raise LimitNOFILE (or ulimit -n), or lower limits.connections"))
        }
        return findings
    }

    private static func bound(
        _ check: String, _ count: Int, _ bound: Int, _ remedy: String, refused: UInt64 = 0
    ) -> Finding {
        let what = "\(count.grouped) of at most \(bound.grouped)"
        if count >= bound { return .fail(check, what, remedy) }
        if refused > 0 { return .warn(check, "\(what), \(refused.grouped) were refused", remedy) }
        return Double(count) >= Double(bound) * self.nearBound
            ? .warn(check, what, remedy) : .ok(check, what)
    }

    private static func store(_ store: DaemonStats.Store) -> Finding {
        let remedy = "see to the disk of \(store.path); everything owed is written when it works again"
        guard store.status == "ok" else {
            let since = store.failingFor.map { " for \(Span.past($0))" } ?? ""
            return .fail(
                "store", "failing\(since): \(store.error ?? "unknown"), \(store.owed.grouped) owed", remedy)
        }
        if store.path == ":memory:" {
            return .warn("store", "in memory: a restart forgets everything", "name a file by --database")
        }
        if store.dropped > 0 {
            return .warn(
                "store", "\(store.dropped.of("event")) given up while the disk failed",
                "they are missing in the history; raise limits.owed_records if it happens again")
        }
        return store.owed < self.manyOwed
            ? .ok("store", "writes to \(store.path)")
            : .warn("store", "\(store.owed.of("record")) wait for the disk", "find out why it is slow")
    }

    private static func commits(_ store: DaemonStats.Store) -> Finding {
        guard let last = store.lastCommit, store.commits > 0 else { return .ok("commits", "none yet") }
        let what = "the last took \(Span.brief(last))"
        return last < self.slowCommit
            ? .ok("commits", what)
            : .warn("commits", what, "operators' commands wait for it: put the database on a faster disk")
    }

    private static func disk(_ store: DaemonStats.Store) -> Finding {
        guard let free = store.diskFreeBytes, let size = store.databaseBytes else {
            return .ok("disk", "no database there")
        }
        let what = "\((free >> 20).grouped) MiB free, the database takes \((size >> 20).grouped) MiB"
        if free < 16 << 20 { return .fail("disk", what, "make room before the store fails") }
        // A backup takes as much again, and so may the log.
        return free < max(2 * size, 256 << 20)
            ? .warn("disk", what, "make room: a backup needs the database's size once more")
            : .ok("disk", what)
    }

    private static func overrides(_ breakers: [BreakerStatus]) -> Finding {
        let forgotten = breakers.filter { status in
            guard let override = status.override else { return false }
            return override.expiresIn == nil && override.timeInForce >= self.longForced
        }
        guard let first = forgotten.first else {
            return .ok("overrides", breakers.isEmpty ? "none" : "\(breakers.count.grouped), none forgotten")
        }
        let names = forgotten.prefix(self.namedOverrides).map(\.breaker).joined(separator: ", ")
        let more = forgotten.count > self.namedOverrides ? ", …" : ""
        return .warn(
            "overrides", "\(forgotten.count.grouped) without an end for over a day: \(names)\(more)",
            "`breakerctl auto \(first.breaker)` lets the rules decide again; --for gives the next one an end")
    }
}
