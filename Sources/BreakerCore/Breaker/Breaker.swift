/// The state machine of one circuit breaker.
///
/// Events go in with the present instant and the policy in effect; what changed comes out as a `Transition`,
/// on which the caller acts (saves it, tells watchers) and asks `nextDeadline` anew. There is no clock, no
/// lock and no input or output in here, so every interleaving can be replayed.
///
/// Generations: every change of the state takes the next one. An outcome says which generation admitted its
/// call; one that is not the present one is late and decides nothing (the idea is gobreaker's).
package struct Breaker: Hashable, Sendable {
    /// A change of state that has happened.
    package struct Transition: Hashable, Sendable {
        package let from: BreakerState
        package let to: BreakerState
        /// Why, where there is more to say than that time went by or that the probes succeeded.
        package let reason: TripReason?

        package init(from: BreakerState, to: BreakerState, reason: TripReason?) {
            self.from = from
            self.to = to
            self.reason = reason
        }
    }

    // In an order that leaves no holes: there may be a million of them.

    package internal(set) var generation: UInt64
    package internal(set) var phase = Phase.closed
    /// Failed recoveries in a row: the exponent of the open time.
    package internal(set) var backoff: UInt8 = 0
    package internal(set) var consecutiveFailures: UInt32 = 0
    /// When the phase began.
    package internal(set) var since: Instant
    /// When a request last touched the breaker; what `idle_after` counts from.
    package internal(set) var touched: Instant
    package internal(set) var totals = Totals()
    /// Fills while closed or forced closed; empty otherwise.
    package internal(set) var window: Window
    /// Of the calls in the window, as far as their durations are known. Not saved: it is whole again half a
    /// window after a start.
    var latency = WindowLatency()
    package internal(set) var lastTrip: LastTrip?
    /// None or one. An array because it takes one word, where what is in it would take ten, and few breakers
    /// are in trouble. Not saved.
    var boxedTrouble: [Trouble] = []

    /// A closed breaker that has seen nothing.
    package init(generation: UInt64, policy: Policy, at now: Instant) {
        self.generation = generation
        self.since = now
        self.touched = now
        self.window = Window(policy.window)
    }

    @inlinable
    package var state: BreakerState { self.phase.state }

    package var override: Override? {
        if case .forced(let override) = self.phase { override } else { nil }
    }

    /// How long the calls in the window took; nil where no duration of them is known.
    package func latency(at now: Instant) -> LatencyPercentiles? {
        self.latency.isEmpty ? nil : self.latency.percentiles(halves: self.window.halves, at: now)
    }

    /// When `elapse` has something to do; nil: never by itself.
    @inlinable
    package var nextDeadline: Instant? { self.phase.nextDeadline }

    /// Closed, not overridden and untouched for `idle_after`: nobody would miss it.
    package func isForgettable(at now: Instant, policy: Policy) -> Bool {
        self.phase == .closed && now - self.touched >= policy.idleAfter
    }

    /// Takes over a changed policy: the state stays, and the counts too where the window's shape is the same.
    package mutating func adopt(_ policy: Policy) {
        guard !self.window.has(policy.window) else { return }
        self.window = Window(policy.window)
        self.latency.removeAll()
        self.forgetShares()
    }

    /// Lets go of memory that only calls long past hold.
    package mutating func trim(at now: Instant) {
        self.window.trim(at: now)
        if !self.latency.isEmpty { self.latency.trim(halves: self.window.halves, at: now) }
        self.trimTrouble(at: now)
    }

    /// Makes this copy, which is to be saved, share no memory with any other: see `Window.unshare`.
    package mutating func unshare() {
        self.window.unshare()
        self.latency.removeAll()
        self.boxedTrouble = []
    }

    /// Says more of the last trip.
    package mutating func explain(_ reason: TripReason) {
        guard let trip = self.lastTrip else { return }
        self.lastTrip = LastTrip(reason: reason, at: trip.at)
    }

    /// Moves to `phase` under the next generation, with an empty window.
    mutating func move(to phase: Phase, at now: Instant, reason: TripReason?) -> Transition {
        let from = self.state
        self.generation += 1
        self.phase = phase
        self.since = now
        self.consecutiveFailures = 0
        self.window.removeAll()
        self.latency.removeAll()
        self.endTrouble()
        return Transition(from: from, to: self.state, reason: reason)
    }
}
