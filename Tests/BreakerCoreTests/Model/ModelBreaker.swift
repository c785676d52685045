import BreakerCore

/// A breaker told as plainly as it can be: lists, dictionaries and the sentences of the documentation one by
/// one. Slow, and therefore easy to believe. `ModelAgreementTests` holds the real one against it.
struct ModelBreaker {
    enum State: Equatable {
        case closed, open, halfOpen
        case forced(Override)
    }

    struct Probe: Equatable {
        var session: UInt64
        var lease: Int64
        var expires: Int64
    }

    var policy: Policy
    var generation: UInt64
    var state = State.closed
    var since: Int64
    var touched: Int64

    // Open.
    var until: Int64 = 0
    var length: Int64 = 0
    var refusedSinceOpening = 0
    /// By how much the open time may differ from `length` either way; the harness then takes over the real
    /// one.
    var slack: Int64 = 0
    var failedRecoveries = 0

    // Half-open.
    var probes: [UInt64: Probe] = [:]
    var lastPermit: UInt64 = 0
    var successes = 0

    // Closed.
    var window: ModelWindow
    var failuresInARow = 0
    /// How many failures since the window was last emptied named which error.
    var errors: [String: Int] = [:]

    /// Calls refused since it last let every call pass.
    var refused: [ReporterID: UInt32] = [:]
    var totals = Totals()
    var lastTrip: (reason: TripReason, at: Int64)?

    init(generation: UInt64, policy: Policy, at now: Int64) {
        (self.generation, self.policy) = (generation, policy)
        (self.since, self.touched) = (now, now)
        self.window = ModelWindow(policy.window)
    }

    var shownState: BreakerState {
        switch self.state {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        case .forced(let override): override.mode == .open ? .open : .closed
        }
    }

    var refusesCalls: Bool { self.state == .halfOpen || self.shownState == .open }

    var deadline: Int64? {
        switch self.state {
        case .closed: nil
        case .open: self.until
        case .halfOpen: self.probes.values.map(\.expires).min()
        case .forced(let override): override.until?.nanoseconds
        }
    }

    func isForgettable(at now: Int64) -> Bool {
        self.state == .closed && now - self.touched >= self.policy.idleAfter.nanoseconds
    }

    /// Every change of state: the next generation, an empty window, no permit outstanding.
    mutating func change(to state: State, at now: Int64, reason: TripReason?) -> Breaker.Transition {
        let from = self.shownState
        self.generation += 1
        self.state = state
        self.since = now
        self.probes = [:]
        (self.lastPermit, self.successes, self.refusedSinceOpening) = (0, 0, 0)
        self.window = ModelWindow(self.policy.window)
        self.failuresInARow = 0
        self.errors = [:]
        if !self.refusesCalls { self.refused = [:] }
        return Breaker.Transition(from: from, to: self.shownState, reason: reason)
    }

    mutating func open(
        for length: Int64, slack: Int64 = 0, reason: TripReason, at now: Int64
    ) -> Breaker.Transition {
        let transition = self.change(to: .open, at: now, reason: reason)
        (self.length, self.until, self.slack) = (length, now + length, slack)
        self.lastTrip = (reason, now)
        return transition
    }

    /// `open_for` × `open_multiplier` for each failed recovery, up to `open_max`; and the jitter either way.
    func openTime(jitter: Bool) -> (length: Int64, slack: Int64) {
        let most = Double(max(self.policy.openMax, self.policy.openFor).nanoseconds)
        var length = Double(self.policy.openFor.nanoseconds)
        for _ in 0..<self.failedRecoveries {
            length = min(most, length * self.policy.openMultiplier)
        }
        return (Int64(length.rounded()), jitter ? Int64(length * self.policy.openJitter) + 1 : 0)
    }

    /// What time alone brings about.
    mutating func elapse(at now: Int64, jitter: Bool) -> Breaker.Transition? {
        guard let deadline = self.deadline, deadline <= now else { return nil }
        switch self.state {
        case .closed:
            return nil
        case .open:
            return self.change(to: .halfOpen, at: now, reason: nil)
        case .halfOpen:
            let due = self.probes.filter { $0.value.expires == deadline }.min { $0.key < $1.key }
            guard let due else { return nil }
            self.totals.timeout += 1
            let permit = Permit(generation: self.generation, number: due.key)
            return self.reopen(
                reason: .probeExpired(permit: permit, lease: Interval(nanoseconds: due.value.lease)), at: now,
                jitter: jitter)
        case .forced(let override):
            return self.change(to: override.mode == .open ? .halfOpen : .closed, at: now, reason: nil)
        }
    }

    mutating func reopen(
        reason: TripReason, at now: Int64, jitter: Bool, asked: Interval? = nil
    ) -> Breaker.Transition {
        self.failedRecoveries = min(255, self.failedRecoveries + 1)
        let (length, slack) = self.openTime(jitter: jitter)
        let most = max(self.policy.openMax, self.policy.openFor)
        let pause = self.policy.honorRetryAfter ? min(asked ?? .zero, most).nanoseconds : 0
        return self.open(for: max(length, pause), slack: slack, reason: reason, at: now)
    }
}
