// Steering. Each is on the daemon's disk before it returns; each takes who did it and why, for the history.
// Deadline: `Configuration.commandDeadline`.

import BreakerWire

/// Who gives an operator's command, and why.
public struct OperatorNote: Hashable, Sendable {
    /// At most 128 bytes without control characters.
    public var actor: String?
    /// At most 512 bytes without control characters.
    public var reason: String?

    /// Nobody and no reason unless they are given.
    public init(actor: String? = nil, reason: String? = nil) {
        self.actor = actor
        self.reason = reason
    }

    func write(to line: inout JSONWriter) {
        line.field("actor", self.actor)
        line.field("reason", self.reason)
    }
}

extension BreakerClient {
    /// Puts an override in force, or clears it with `auto`.
    ///
    /// - Parameters:
    ///   - breaker: created if there is none.
    ///   - mode: what it does from now on.
    ///   - ttl: 1 ms…365 d; nil: until it is cleared.
    ///   - ifGeneration: `conflict` unless it is the present generation; 0 for a breaker that does not exist.
    ///   - note: for the history.
    @discardableResult
    public func override(
        _ breaker: String, _ mode: OverrideMode, ttl: Duration? = nil, ifGeneration: UInt64? = nil,
        note: OperatorNote = OperatorNote()
    ) async throws(BreakerError) -> BreakerStanding {
        try await self.command("override") { line in
            line.field("breaker", breaker)
            line.field("mode", mode.rawValue)
            line.field("ttl_ms", ttl?.milliseconds)
            line.field("if_generation", ifGeneration)
            note.write(to: &line)
        }.standing(of: breaker)
    }

    /// Opens a breaker as a rule would; recovery then goes its usual way. `conflict` under an override.
    ///
    /// - Parameters:
    ///   - breaker: created if there is none.
    ///   - length: time open, 1 ms…1 d; nil: as the policy says.
    ///   - ifGeneration: `conflict` unless it is the present generation.
    ///   - note: for the history.
    @discardableResult
    public func trip(
        _ breaker: String, for length: Duration? = nil, ifGeneration: UInt64? = nil,
        note: OperatorNote = OperatorNote()
    ) async throws(BreakerError) -> BreakerStanding {
        try await self.command("trip") { line in
            line.field("breaker", breaker)
            line.field("for_ms", length?.milliseconds)
            line.field("if_generation", ifGeneration)
            note.write(to: &line)
        }.standing(of: breaker)
    }

    /// Closes a breaker with an empty window. `conflict` under an override.
    @discardableResult
    public func reset(
        _ breaker: String, ifGeneration: UInt64? = nil, note: OperatorNote = OperatorNote()
    ) async throws(BreakerError) -> BreakerStanding {
        try await self.command("reset") { line in
            line.field("breaker", breaker)
            line.field("if_generation", ifGeneration)
            note.write(to: &line)
        }.standing(of: breaker)
    }

    /// Sets the operator's rule of a pattern, replacing the former one as a whole.
    ///
    /// - Parameters:
    ///   - match: a pattern over names with `*` and `?`.
    ///   - policy: at least one field.
    ///   - dryRun: check and count, change nothing.
    ///   - ifRevision: `conflict` unless it is the present policy revision.
    ///   - note: for the history.
    @discardableResult
    public func policySet(
        match: String, policy: BreakerPolicy, dryRun: Bool = false, ifRevision: UInt64? = nil,
        note: OperatorNote = OperatorNote()
    ) async throws(BreakerError) -> PolicyChange {
        try await self.command("policy.set") { line in
            line.field("match", match)
            line.object("policy") { policy.write(to: &$0) }
            line.field("if_revision", ifRevision)
            line.field("dry_run", dryRun ? true : nil)
            note.write(to: &line)
        }.policyChange()
    }

    /// Deletes the operator's rule of a pattern. `notFound` if there is none.
    @discardableResult
    public func policyDelete(
        match: String, dryRun: Bool = false, ifRevision: UInt64? = nil, note: OperatorNote = OperatorNote()
    ) async throws(BreakerError) -> PolicyChange {
        try await self.command("policy.delete") { line in
            line.field("match", match)
            line.field("if_revision", ifRevision)
            line.field("dry_run", dryRun ? true : nil)
            note.write(to: &line)
        }.policyChange()
    }
}
