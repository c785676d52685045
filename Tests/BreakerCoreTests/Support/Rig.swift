import BreakerCore

/// One breaker with a clock that the test moves, fed as the daemon feeds it: `elapse` first, then the event.
final class Rig {
    var breaker: Breaker
    var policy: Policy
    var now = Instant(nanoseconds: 0)
    var jitter: Breaker.JitterSeed?

    init(_ change: (inout Policy) -> Void = { _ in }) {
        var policy = Policy.default
        policy.minReporters = .atLeast(1)
        change(&policy)
        self.policy = policy
        self.breaker = Breaker(generation: 1, policy: policy, at: Instant(nanoseconds: 0))
    }

    var state: BreakerState { self.breaker.state }
    var generation: UInt64 { self.breaker.generation }
    var totals: Totals { self.breaker.totals }
    var counts: WindowCounts { self.breaker.window.counts(at: self.now) }

    /// From now to the deadline of whatever is pending.
    var remaining: Interval? { self.breaker.nextDeadline.map { $0 - self.now } }

    /// Moves the clock in one leap and does what is due.
    func advance(_ interval: Interval) {
        self.now = self.now + interval
        self.elapse()
    }

    @discardableResult
    func elapse() -> [Breaker.Transition] {
        var transitions: [Breaker.Transition] = []
        while let step = self.breaker.elapse(at: self.now, policy: self.policy, jitter: self.jitter) {
            transitions.append(step)
        }
        return transitions
    }

    func acquire(by session: UInt64 = 1, of instance: UInt32 = 1, lease: Interval? = nil) -> Verdict {
        self.elapse()
        return self.breaker.acquire(
            by: Reporter(session: SessionID(rawValue: session), instance: ReporterID(rawValue: instance)),
            lease: lease, at: self.now, policy: self.policy)
    }

    /// The permit of a probe; nil when the call was not admitted as one.
    func probe(by session: UInt64 = 1, lease: Interval? = nil) -> Permit? {
        if case .probe(let permit, _) = self.acquire(by: session, lease: lease) { permit } else { nil }
    }

    @discardableResult
    func report(
        _ outcome: Outcome, generation: UInt64? = nil, permit: Permit? = nil, took: Interval? = nil,
        error: String? = nil, retryAfter: Interval? = nil, by session: UInt64 = 1, of instance: UInt32 = 1
    ) -> Breaker.Transition? {
        self.elapse()
        return self.breaker.report(
            Report(
                outcome, generation: generation, permit: permit, duration: took, error: error,
                retryAfter: retryAfter),
            from: Rig.reporter(session: session, instance: instance), at: self.now, policy: self.policy,
            jitter: self.jitter)
    }

    @discardableResult
    func batch(
        of instance: UInt32 = 1, durations: [DurationCount] = [], _ fill: (inout BatchReport) -> Void
    ) -> Breaker.Transition? {
        self.elapse()
        var batch = BatchReport()
        fill(&batch)
        return durations.withUnsafeBufferPointer { durations in
            self.breaker.report(
                batch, durations: durations, from: Rig.reporter(session: 1, instance: instance), at: self.now,
                policy: self.policy, jitter: self.jitter)
        }
    }

    func report(_ outcomes: [Outcome], of instance: UInt32 = 1) {
        for outcome in outcomes {
            self.report(outcome, of: instance)
        }
    }

    @discardableResult
    func force(_ mode: Override.Mode, ttl: Interval? = nil) -> Breaker.Transition {
        self.elapse()
        return self.breaker.force(
            Override(mode, until: ttl.map { self.now + $0 }, actor: "ana", note: "INC-7"), at: self.now)
    }

    @discardableResult
    func trip(for length: Interval? = nil) -> Breaker.Transition? {
        self.elapse()
        return try? self.breaker.trip(
            for: length, actor: "ana", note: "drill", at: self.now, policy: self.policy, jitter: self.jitter)
    }

    @discardableResult
    func reset() -> Breaker.Transition? {
        self.elapse()
        return try? self.breaker.reset(actor: "ana", note: "fixed", at: self.now)
    }

    func clearOverride(by actor: String? = nil) -> Breaker.Transition? {
        self.elapse()
        return self.breaker.clearOverride(actor: actor, note: nil, at: self.now)
    }

    func release(_ permit: Permit, by session: UInt64) -> Bool {
        self.elapse()
        return self.breaker.release(permit, by: SessionID(rawValue: session), at: self.now)
    }

    /// The connection that holds the permit ends.
    func lose(_ permit: Permit, by session: UInt64) -> Bool {
        self.elapse()
        return self.breaker.lose(permit, by: SessionID(rawValue: session))
    }

    /// Opens, then waits until probes are admitted.
    func becomeHalfOpen() {
        self.trip()
        self.advance(self.remaining ?? .zero)
    }

    private static func reporter(session: UInt64, instance: UInt32) -> Reporter {
        Reporter(session: SessionID(rawValue: session), instance: ReporterID(rawValue: instance))
    }
}
