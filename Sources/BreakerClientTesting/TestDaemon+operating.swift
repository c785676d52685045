// What a test does as an operator, and what it may look at. Each returns when the clients know of it.

public import BreakerClient

extension TestDaemon {
    /// Opens a breaker as if it had failed; it recovers by itself.
    ///
    /// - Parameter length: how long it stays open, 1 ms…24 h; nil: as its policy says.
    /// - Throws: `conflict` under an override; `unavailable` while the daemon is away.
    public func trip(_ breaker: String, for length: Duration? = nil) async throws {
        try await self.console.trip(breaker, for: length)
        await self.settle()
    }

    /// Closes a breaker, with an empty window.
    ///
    /// - Throws: `conflict` under an override; `unavailable` while the daemon is away.
    public func reset(_ breaker: String) async throws {
        try await self.console.reset(breaker)
        await self.settle()
    }

    /// Holds a breaker open or closed, disables it, or lets go of it with `.auto`.
    ///
    /// - Parameter ttl: for how long; nil: until further notice.
    /// - Throws: `unavailable` while the daemon is away.
    public func override(_ breaker: String, _ mode: OverrideMode, ttl: Duration? = nil) async throws {
        try await self.console.override(breaker, mode, ttl: ttl)
        await self.settle()
    }

    /// Sets an operator's rule: the fields of `policy` are in effect for every breaker that `match` fits.
    /// Clients learn of it with the next heartbeat, within 5 s of the clock.
    ///
    /// - Throws: `badRequest` for a value out of range; `unavailable` while the daemon is away.
    public func set(_ policy: BreakerPolicy, for match: String) async throws {
        try await self.console.policySet(match: match, policy: policy)
        await self.settle()
    }

    /// The state that the daemon gives to a breaker.
    ///
    /// - Throws: `notFound` if no client has asked for it; `unavailable` while the daemon is away.
    public func state(of breaker: String) async throws -> BreakerState {
        try await self.status(of: breaker).state
    }

    /// All that the daemon knows of a breaker: window, totals, probes, why it opened last.
    ///
    /// - Throws: as `state(of:)`.
    public func status(of breaker: String) async throws -> BreakerStatus {
        await self.settle()
        return try await self.console.get(breaker)
    }
}
