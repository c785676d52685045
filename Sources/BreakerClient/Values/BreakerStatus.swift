/// One breaker as the daemon sees it.
public struct BreakerStatus: Hashable, Sendable {
    /// What the window holds, over all instances. Rates are 0 without calls.
    public struct Window: Hashable, Sendable {
        public var calls = 0
        public var failures = 0
        public var slow = 0
        public var failureRate = 0.0
        public var slowCallRate = 0.0
        public var consecutiveFailures = 0
        /// Distinct instances that reported.
        public var reporters = 0
        /// Those of them that saw failures.
        public var failingReporters = 0

        public init() {}
    }

    /// Counted since the breaker was created.
    public struct Totals: Hashable, Sendable {
        public var success: UInt64 = 0
        public var failure: UInt64 = 0
        public var timeout: UInt64 = 0
        public var ignored: UInt64 = 0
        public var rejected: UInt64 = 0
        /// Outcomes that came after their generation or permit had ended.
        public var late: UInt64 = 0
        /// Probes whose connection ended.
        public var lostProbes: UInt64 = 0

        public init() {}
    }

    /// How recovery goes.
    public struct Probes: Hashable, Sendable {
        public var outstanding = 0
        public var successes = 0
        /// Successes still missing for the breaker to close.
        public var needed = 0

        public init() {}
    }

    /// When and why the breaker last opened.
    public struct LastTrip: Hashable, Sendable {
        public var reason: BreakerReason
        public var at: WallTime
    }

    public var breaker: String
    public var state: BreakerState
    public var generation: UInt64
    /// How long it has been in this state.
    public var timeInState: Duration
    /// Until the deadline; nil where there is none.
    public var retryAfter: Duration?
    public var override: BreakerOverride?
    public var window: Window
    public var totals: Totals
    public var probes: Probes
    /// The whole policy in effect; nil in a listing.
    public var policy: BreakerPolicy?
    /// Nil in a listing, and where it never opened.
    public var lastTrip: LastTrip?
}

/// An operator's override that is in force.
public struct BreakerOverride: Hashable, Sendable {
    public var mode: OverrideMode
    public var actor: String?
    public var reason: String?
    /// How long it has been in force.
    public var timeInForce: Duration
    /// Nil: until somebody clears it.
    public var expiresIn: Duration?
}

/// What an override does.
public enum OverrideMode: String, CaseIterable, Hashable, Sendable {
    /// Refuses every call.
    case open
    /// Allows every call, counts, never trips.
    case closed
    /// Allows every call, counts totals only.
    case disabled
    /// Clears the override.
    case auto
}

/// One page of a listing.
public struct BreakerPage: Hashable, Sendable {
    /// Sorted by name, byte by byte.
    public var breakers: [BreakerStatus]
    /// Where the next page begins; nil at the end.
    public var cursor: String?
}
