/// The state of a breaker as everyone sees it.
public enum BreakerState: String, CaseIterable, Hashable, Sendable {
    /// Calls pass.
    case closed
    /// Calls are refused.
    case open
    /// A few probes decide.
    case halfOpen = "half_open"
}

/// How a guarded call ended.
public enum CallOutcome: String, CaseIterable, Hashable, Sendable {
    /// The dependency did its work.
    case success
    /// The dependency failed.
    case failure
    /// A failure that was given up on; the rules count it as one.
    case timeout
    /// Says nothing of the dependency (cancelled, the caller's own mistake): no rule counts it.
    case ignored
}

/// Why a call was refused. Open: a newer daemon may have further reasons.
public struct RefusalReason: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public var description: String { self.rawValue }

    /// The dependency failed; it is left alone for a while.
    public static let open = RefusalReason(rawValue: "open")
    /// Half-open, and as many probes are out as the verdict needs.
    public static let probing = RefusalReason(rawValue: "probing")
    /// An operator forces the breaker open.
    public static let forcedOpen = RefusalReason(rawValue: "forced_open")
    /// The daemon cannot be asked, and the client is configured to refuse then.
    public static let unavailable = RefusalReason(rawValue: "unavailable")
}

/// Where a breaker stands after an operation.
public struct BreakerStanding: Hashable, Sendable {
    /// Its name.
    public var breaker: String
    /// The state afterwards.
    public var state: BreakerState
    /// Grows at every change of the state; 0 where there is no such breaker.
    public var generation: UInt64

    /// A standing, as the daemon would tell it.
    public init(breaker: String, state: BreakerState, generation: UInt64) {
        self.breaker = breaker
        self.state = state
        self.generation = generation
    }
}

/// A point of wall time, for people: decisions never depend on it.
public struct WallTime: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01 00:00 UTC.
    public var unixMilliseconds: Int64

    /// The point so many milliseconds after the beginning of 1970, UTC.
    public init(unixMilliseconds: Int64) { self.unixMilliseconds = unixMilliseconds }

    public static func < (left: WallTime, right: WallTime) -> Bool {
        left.unixMilliseconds < right.unixMilliseconds
    }
}
