import BreakerCore
import Foundation

extension ModelBreaker {
    mutating func acquire(by reporter: Reporter, lease: Interval?, at now: Int64) -> Verdict {
        self.touched = now
        switch self.state {
        case .closed:
            return .allowed
        case .open:
            // The k-th refused is told the rest of the time and up to a tenth of the whole.
            let turns = Double(self.refusedSinceOpening) * 0.6180339887498949
            let spread = floor(Double(self.length) / 10 * (turns - floor(turns)))
            self.refusedSinceOpening += 1
            self.refuse(1, from: reporter)
            return .refused(.open, retryAfter: Interval(nanoseconds: self.until - now + Int64(spread)))
        case .halfOpen:
            let budget = min(self.policy.probes, max(1, self.policy.probeSuccesses - self.successes))
            if self.probes.count >= budget {
                self.refuse(1, from: reporter)
                let first = self.probes.values.map(\.expires).min() ?? now
                return .refused(
                    .probing,
                    retryAfter: Interval(nanoseconds: min(1_000_000_000, max(1_000_000, first - now))))
            }
            let length = lease ?? self.policy.probeLease
            self.lastPermit += 1
            self.probes[self.lastPermit] = Probe(
                session: reporter.session.rawValue, lease: length.nanoseconds,
                expires: now + length.nanoseconds)
            return .probe(Permit(generation: self.generation, number: self.lastPermit), lease: length)
        case .forced(let override):
            if override.mode != .open { return .allowed }
            self.refuse(1, from: reporter)
            return .refused(
                .forcedOpen, retryAfter: override.until.map { Interval(nanoseconds: $0.nanoseconds - now) })
        }
    }

    /// Calls that were not made.
    mutating func refuse(_ calls: UInt32, from reporter: Reporter) {
        self.totals.rejected += UInt64(calls)
        if calls > 0, self.refusesCalls { self.refused[reporter.instance, default: 0] += calls }
    }

    mutating func lose(_ permit: Permit, session: UInt64) -> Bool {
        guard self.endProbe(permit, session: session) else { return false }
        self.totals.lostProbes += 1
        return true
    }

    mutating func force(_ override: Override, at now: Int64) -> Breaker.Transition {
        self.touched = now
        self.failedRecoveries = 0
        return self.change(
            to: .forced(override), at: now,
            reason: .command(
                .init(.override, mode: override.mode.rawValue, actor: override.actor, note: override.note)))
    }

    mutating func clearOverride(at now: Int64) -> Breaker.Transition? {
        self.touched = now
        guard case .forced(let override) = self.state else { return nil }
        return self.change(
            to: override.mode == .open ? .halfOpen : .closed, at: now,
            reason: .command(.init(.override, mode: "auto")))
    }

    /// Nil: refused, because an override is in force.
    mutating func trip(for length: Interval?, at now: Int64, jitter: Bool) -> Breaker.Transition? {
        if case .forced = self.state { return nil }
        self.touched = now
        let reason = TripReason.command(.init(.trip))
        if let length { return self.open(for: length.nanoseconds, reason: reason, at: now) }
        let (usual, slack) = self.openTime(jitter: jitter)
        return self.open(for: usual, slack: slack, reason: reason, at: now)
    }

    /// Nil: refused, because an override is in force.
    mutating func reset(at now: Int64) -> Breaker.Transition? {
        if case .forced = self.state { return nil }
        self.touched = now
        self.failedRecoveries = 0
        return self.change(to: .closed, at: now, reason: .command(.init(.reset)))
    }

    /// The state stays, and the counts where the window's shape is the same.
    mutating func adopt(_ policy: Policy) {
        self.policy = policy
        if self.window.shape != policy.window { self.window = ModelWindow(policy.window) }
    }

    /// A command could not be made durable: everything but generation, totals and policy is as it was.
    mutating func revert(to earlier: ModelBreaker, at now: Int64) -> Breaker.Transition {
        let from = self.shownState
        let present = self
        self = earlier
        self.generation = present.generation + 1
        (self.totals, self.touched) = (present.totals, present.touched)
        self.probes = [:]
        self.adopt(present.policy)
        return Breaker.Transition(from: from, to: self.shownState, reason: nil)
    }

    /// The daemon stops and starts, `shift` nanoseconds apart on its monotonic clocks.
    mutating func restart(generation: UInt64, shift: Int64) {
        self.generation = generation
        self.probes = [:]
        self.errors = [:]
        self.refused = [:]
        self.since += shift
        self.touched += shift
        self.until += shift
        self.lastTrip?.at += shift
        self.window.origin += shift
        for index in self.window.entries.indices { self.window.entries[index].at += shift }
        if case .forced(var override) = self.state {
            override.until = override.until.map { Instant(nanoseconds: $0.nanoseconds + shift) }
            self.state = .forced(override)
        }
    }
}
