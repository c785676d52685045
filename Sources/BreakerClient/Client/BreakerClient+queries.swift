// Looking. None of these changes or creates a breaker. Deadline: `Configuration.commandDeadline`.

import BreakerWire

extension BreakerClient {
    /// One breaker in full. Throws `notFound` if there is none.
    public func get(_ breaker: String) async throws(BreakerError) -> BreakerStatus {
        try await self.command("get") { $0.field("breaker", breaker) }.status()
    }

    /// One page of the breakers.
    ///
    /// - Parameters:
    ///   - match: a pattern over names with `*` and `?`; nil: all.
    ///   - state: only those in it; nil: in any.
    ///   - limit: 1…1000 breakers; nil: 100.
    ///   - cursor: of the page before; nil: from the start.
    public func list(
        match: String? = nil, state: BreakerState? = nil, limit: Int? = nil, cursor: String? = nil
    ) async throws(BreakerError) -> BreakerPage {
        try await self.command("list") { line in
            line.field("match", match)
            line.field("state", state?.rawValue)
            line.field("limit", limit)
            line.field("cursor", cursor)
        }.page()
    }

    /// All breakers, page by page as they are asked for.
    public func listAll(match: String? = nil, state: BreakerState? = nil) -> BreakerListing {
        BreakerListing(client: self, match: match, state: state)
    }

    /// What happened, newest first.
    ///
    /// - Parameters:
    ///   - breaker: nil: all, and the changes of policies.
    ///   - limit: 1…1000 events; nil: 50.
    ///   - before: only events with a smaller id; nil: from the newest.
    public func history(
        _ breaker: String? = nil, limit: Int? = nil, before: UInt64? = nil
    ) async throws(BreakerError) -> [HistoryEvent] {
        try await self.command("history") { line in
            line.field("breaker", breaker)
            line.field("limit", limit)
            line.field("before", before)
        }.history()
    }

    /// What a breaker counted in each minute, the earliest first; minutes without a call in which it was
    /// closed are not there.
    ///
    /// - Parameters:
    ///   - breaker: known to the daemon or not.
    ///   - since: the minute that it lies in is the first; nil: an hour before `until`. At most a day before.
    ///   - until: the minute that it lies in is the last; nil: now.
    public func minutes(
        _ breaker: String, since: WallTime? = nil, until: WallTime? = nil
    ) async throws(BreakerError) -> [BreakerMinute] {
        try await self.command("minutes") { line in
            line.field("breaker", breaker)
            line.field("since_ms", since?.unixMilliseconds)
            line.field("until_ms", until?.unixMilliseconds)
        }.minutes()
    }

    /// What a span of time brought: sums over all breakers, a series, and the worst breakers.
    ///
    /// - Parameters:
    ///   - since: nil: 24 hours before `until`.
    ///   - until: nil: now.
    ///   - match: a pattern over names; nil: all.
    ///   - limit: 1…1000 breakers; nil: 20.
    public func summary(
        since: WallTime? = nil, until: WallTime? = nil, match: String? = nil, limit: Int? = nil
    ) async throws(BreakerError) -> PeriodSummary {
        try await self.command("summary") { line in
            line.field("since_ms", since?.unixMilliseconds)
            line.field("until_ms", until?.unixMilliseconds)
            line.field("match", match)
            line.field("limit", limit)
        }.summary()
    }

    /// The policy in effect for a name, whether such a breaker exists or not.
    public func policyGet(_ breaker: String) async throws(BreakerError) -> EffectivePolicy {
        try await self.command("policy.get") { $0.field("breaker", breaker) }.effectivePolicy()
    }

    /// Every rule that the daemon holds.
    public func policyList() async throws(BreakerError) -> PolicyRules {
        try await self.command("policy.list") { _ in }.policyRules()
    }

    /// The connections to the daemon.
    public func sessions() async throws(BreakerError) -> [DaemonSession] {
        try await self.command("sessions") { _ in }.sessions()
    }

    /// The daemon's figures.
    public func stats() async throws(BreakerError) -> DaemonStats {
        try await self.command("stats") { _ in }.stats()
    }

    /// Moves the time of a daemon under `--manual-clock`, at most 365 d; every timer due has fired before
    /// this returns the new time. Any other daemon: `unknownOp`.
    @discardableResult
    public func clockAdvance(_ span: Duration) async throws(BreakerError) -> WallTime {
        try await self.command("clock.advance") { $0.field("ms", span.milliseconds) }.wallTime("now_ms")
    }

    func command(
        _ op: StaticString, _ members: (inout JSONWriter) -> Void
    ) async throws(BreakerError) -> Reply {
        try await self.connection.send(Request(op, deadline: self.configuration.commandDeadline, members))
    }
}
