package import BreakerCore

/// One change as watchers are told it.
package struct Change: Sendable {
    package enum Kind: Sendable {
        /// There is a breaker that was not there before.
        case created(StateView)
        case state(StateView)
        /// Idle for so long that the daemon let go of it.
        case forgotten
    }

    /// Strictly increasing over all breakers of one daemon.
    package let revision: UInt64
    package let breaker: String
    package let kind: Kind
}

/// What a watcher needs of a breaker's state.
package struct StateView: Sendable {
    package let state: BreakerState
    package let generation: UInt64
    /// When an open breaker, or an override with an end, changes by itself.
    package let until: Instant?
    package let since: Instant
    package let override: Override?
    /// Why it opened, or the command that moved it.
    package let reason: TripReason?

    package init(_ breaker: Breaker, reason: TripReason?) {
        self.state = breaker.state
        self.generation = breaker.generation
        self.since = breaker.since
        self.override = breaker.override
        self.reason = reason
        switch breaker.phase {
        case .open(let opening): self.until = opening.until
        case .forced(let override): self.until = override.mode == .open ? override.until : nil
        case .closed, .halfOpen: self.until = nil
        }
    }
}
