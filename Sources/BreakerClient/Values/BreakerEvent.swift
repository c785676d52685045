/// What a watch tells.
public enum BreakerEvent: Hashable, Sendable {
    /// A breaker was created or changed, or stands in the snapshot.
    case state(BreakerChange)
    /// The breaker exists no longer.
    case forgotten(breaker: String, revision: UInt64)
    /// Snapshot or resume is complete: everything up to `revision` has been told.
    case synced(revision: UInt64)
    /// Nothing is missing up to `revision`.
    case heartbeat(revision: UInt64)
    /// What breakers have counted: all of them after `synced` or `reset`, then, once a second, those that
    /// may have counted something. Only where the watch asked for it.
    case counts([BreakerCounts])
    /// Steps may be missing. Forget what was known: a fresh snapshot and `synced` follow.
    case reset(ResetReason)
}

/// Why a watch begins anew. Open: a newer daemon may have further reasons.
public struct ResetReason: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public var description: String { self.rawValue }

    /// The events were taken too slowly and the daemon dropped some.
    public static let slow = ResetReason(rawValue: "slow")
    /// The connection was lost and the daemon could not tell all that happened meanwhile.
    public static let reconnected = ResetReason(rawValue: "reconnected")
}

/// One breaker as a watch tells it.
public struct BreakerChange: Hashable, Sendable {
    /// Its name.
    public var breaker: String
    /// The state that it is in now.
    public var state: BreakerState
    /// Grows at every change of the state.
    public var generation: UInt64
    /// Grows from event to event, not always by one; in a snapshot that of the breaker's last change.
    public var revision: UInt64
    /// From when the event was made; nil without a deadline.
    public var retryAfter: Duration?
    /// The operator's override in force; nil: none.
    public var override: BreakerOverride?
    /// Of the last change.
    public var reason: BreakerReason?
}
