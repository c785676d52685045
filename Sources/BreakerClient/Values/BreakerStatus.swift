/// One breaker as the daemon sees it.
public struct BreakerStatus: Hashable, Sendable {
    /// What the window holds, over all instances. Rates are 0 without calls.
    public struct Window: Hashable, Sendable {
        /// Successes, failures and timeouts.
        public var calls = 0
        /// Failures and timeouts.
        public var failures = 0
        /// Calls that were slow, however they ended.
        public var slow = 0
        /// Failures ÷ calls, 0…1.
        public var failureRate = 0.0
        /// Slow ÷ calls, 0…1.
        public var slowCallRate = 0.0
        /// Failures since the last success.
        public var consecutiveFailures = 0
        /// Distinct instances that reported.
        public var reporters = 0
        /// Those of them that saw failures.
        public var failingReporters = 0

        /// An empty window.
        public init() {}
    }

    /// What half, nine tenths and 99 % of the calls in the window took at most, each within 2 %: of those
    /// whose duration is known. Of at least the last half of the window, and of nothing older than it.
    public struct Latency: Hashable, Sendable {
        /// The median.
        public var p50 = Duration.zero
        /// Nine in ten calls took no longer.
        public var p90 = Duration.zero
        /// 99 in a hundred calls took no longer.
        public var p99 = Duration.zero

        /// No time at all.
        public init() {}
    }

    /// Counted since the breaker was created.
    public struct Totals: Hashable, Sendable {
        /// Calls that succeeded.
        public var success: UInt64 = 0
        /// Calls that failed.
        public var failure: UInt64 = 0
        /// Calls that were given up on.
        public var timeout: UInt64 = 0
        /// Calls that said nothing of the dependency.
        public var ignored: UInt64 = 0
        /// Calls that were refused.
        public var rejected: UInt64 = 0
        /// Outcomes that came after their generation or permit had ended.
        public var late: UInt64 = 0
        /// Probes whose connection ended.
        public var lostProbes: UInt64 = 0

        /// Nothing counted.
        public init() {}
    }

    /// How recovery goes.
    public struct Probes: Hashable, Sendable {
        /// Probes that are out now.
        public var outstanding = 0
        /// Probes that succeeded since it is half-open.
        public var successes = 0
        /// Successes still missing for the breaker to close.
        public var needed = 0

        /// No recovery.
        public init() {}
    }

    /// When and why the breaker last opened.
    public struct LastTrip: Hashable, Sendable {
        /// What rule opened it, and the figures that it saw.
        public var reason: BreakerReason
        /// When, by the daemon's clock.
        public var at: WallTime
    }

    /// Its name.
    public var breaker: String
    /// As it is now.
    public var state: BreakerState
    /// Grows at every change of the state.
    public var generation: UInt64
    /// How long it has been in this state.
    public var timeInState: Duration
    /// Until the deadline; nil where there is none.
    public var retryAfter: Duration?
    /// The operator's override in force; nil: none.
    public var override: BreakerOverride?
    /// What the rules look at.
    public var window: Window
    /// Since the breaker was created.
    public var totals: Totals
    /// All 0 unless it is half-open.
    public var probes: Probes
    /// How near the nearest rule is to tripping it, 0…1: its observed share of its threshold; a rate of too
    /// few calls to be judged counts so many times less. 0 while it is not closed.
    public var nearness = 0.0
    /// How long its calls took; nil in a listing, and where the window holds no call whose duration is known.
    public var latency: Latency?
    /// Whose calls in the window failed or were slow, those with the most first, at most 64. Empty in a
    /// listing, and where no call in the window is in trouble: so while it is open, see `lastTrip`.
    public var instances: [InstanceShare] = []
    /// Whose calls were refused since it last let every call pass, those with the most first, at most 64.
    /// Empty in a listing, and while it refuses none.
    public var refusedInstances: [RefusedShare] = []
    /// The whole policy in effect; nil in a listing.
    public var policy: BreakerPolicy?
    /// Nil in a listing, and where it never opened.
    public var lastTrip: LastTrip?
}

/// An operator's override that is in force.
public struct BreakerOverride: Hashable, Sendable {
    /// What it does.
    public var mode: OverrideMode
    /// Who set it, where they said so.
    public var actor: String?
    /// Why, where they said so.
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
