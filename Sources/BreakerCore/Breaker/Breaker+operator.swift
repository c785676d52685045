// An operator's commands. Each is a change with a generation of its own, whatever the state was.

extension Breaker {
    /// Why a command does not apply.
    package enum Refused: Error, Hashable, Sendable {
        /// `trip` and `reset` would be hidden under the override; it must be cleared first.
        case overridden(Override)
    }

    /// Puts an override in force in place of rules and of any former override.
    package mutating func force(_ override: Override, at now: Instant) -> Transition {
        self.touched = now
        self.backoff = 0
        return self.move(
            to: .forced(override), at: now,
            reason: .command(
                .init(.override, mode: override.mode.rawValue, actor: override.actor, note: override.note)))
    }

    /// Clears the override; nil if there was none.
    package mutating func clearOverride(actor: String?, note: String?, at now: Instant) -> Transition? {
        self.touched = now
        guard let override = self.override else { return nil }
        return self.clear(
            override, at: now, reason: .command(.init(.override, mode: "auto", actor: actor, note: note)))
    }

    /// Opens as a trip would; recovery then goes its usual way.
    ///
    /// - Parameter length: time open; nil: the policy's, at the present backoff.
    package mutating func trip(
        for length: Interval?, actor: String?, note: String?, at now: Instant, policy: Policy,
        jitter: JitterSeed?
    ) throws(Refused) -> Transition {
        if let override = self.override { throw .overridden(override) }
        self.touched = now
        return self.open(
            because: .command(.init(.trip, actor: actor, note: note)),
            for: length ?? self.openLength(policy, jitter: jitter), at: now)
    }

    /// Closes with an empty window and the backoff at its start.
    package mutating func reset(actor: String?, note: String?, at now: Instant) throws(Refused) -> Transition
    {
        if let override = self.override { throw .overridden(override) }
        self.touched = now
        self.backoff = 0
        return self.move(to: .closed, at: now, reason: .command(.init(.reset, actor: actor, note: note)))
    }

    /// Undoes a command that could not be made durable: `earlier`'s state returns under the next generation.
    /// Probes that were out then are void, as after a restart; a window that a policy has reshaped since
    /// stays empty.
    package mutating func revert(to earlier: Breaker, at now: Instant) -> Transition {
        let transition = self.move(to: earlier.phase.withoutProbes, at: now, reason: nil)
        if self.window.hasShape(of: earlier.window) { self.window = earlier.window }
        self.boxedTrouble = earlier.boxedTrouble
        (self.consecutiveFailures, self.backoff) = (earlier.consecutiveFailures, earlier.backoff)
        (self.since, self.lastTrip) = (earlier.since, earlier.lastTrip)
        return transition
    }

    /// Clearing a forced-open breaker does not trust the dependency blindly: probes decide.
    mutating func clear(_ override: Override, at now: Instant, reason: TripReason?) -> Transition {
        self.move(to: override.mode == .open ? .halfOpen(Probation()) : .closed, at: now, reason: reason)
    }
}

extension Phase {
    /// As it comes back from disk: permits do not survive.
    var withoutProbes: Phase {
        guard case .halfOpen(let probation) = self else { return self }
        return .halfOpen(Probation(successes: probation.successes, lastNumber: probation.lastNumber))
    }
}
