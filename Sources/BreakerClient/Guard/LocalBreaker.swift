// The breaker of this process, which decides while the daemon cannot be asked. It starts from what the daemon
// said last, and begins anew from what the daemon says next: a verdict of the fleet's is worth more than
// one's own.

import BreakerCore

/// What a local admission is settled with.
struct LocalPermit: Hashable, Sendable {
    /// Of the local breaker, which the daemon does not know.
    let generation: UInt64
    let probe: BreakerCore.Permit?
}

struct LocalBreaker: Sendable {
    enum Verdict: Sendable {
        case allowed(LocalPermit)
        case refused(RefusalReason, retryAfter: Duration?)
    }

    /// There is one caller: this process.
    private static let session = SessionID(rawValue: 0)

    private(set) var policy = Policy.default
    private var known: KnownState?
    /// Made at the first local verdict; nil again when the daemon tells something new.
    private var breaker: BreakerCore.Breaker?
    /// Grows, so that permits of a breaker that was thrown away settle nothing in the next one.
    private var nextGeneration: UInt64 = 1
    private let reporter: Reporter
    private let seed = UInt64.random(in: .min ... .max)

    init(reporter: ReporterID) {
        self.reporter = Reporter(session: LocalBreaker.session, instance: reporter)
    }

    /// Takes over the policy in effect, as far as it is known.
    mutating func adopt(_ policy: Policy) {
        self.policy = policy
        self.breaker?.adopt(policy)
    }

    /// The daemon has spoken. What is counted here is kept as long as the daemon's breaker has not moved.
    ///
    /// - Parameter anew: begins from this state in any case.
    mutating func learn(_ known: KnownState?, anew: Bool = false) {
        if anew || known?.generation != self.known?.generation { self.forget() }
        self.known = known
    }

    mutating func acquire(at now: Instant) -> Verdict {
        var breaker = self.current(at: now)
        defer { self.breaker = breaker }
        let verdict = breaker.acquire(by: self.reporter, lease: nil, at: now, policy: self.policy)
        switch verdict {
        case .allowed: return .allowed(LocalPermit(generation: breaker.generation, probe: nil))
        case .probe(let permit, _):
            return .allowed(LocalPermit(generation: breaker.generation, probe: permit))
        case .refused(let refusal, let retryAfter):
            return .refused(
                RefusalReason(rawValue: refusal.rawValue), retryAfter: retryAfter.map(Duration.init))
        }
    }

    mutating func report(_ permit: LocalPermit, _ verdict: CallVerdict, duration: Duration, at now: Instant) {
        var breaker = self.current(at: now)
        defer { self.breaker = breaker }
        let report = Report(
            Outcome(verdict.outcome), generation: permit.generation, permit: permit.probe,
            duration: Interval(duration), error: verdict.error,
            retryAfter: verdict.retryAfter.map(Interval.init))
        _ = breaker.report(report, from: self.reporter, at: now, policy: self.policy, jitter: self.seed)
    }

    mutating func release(_ permit: LocalPermit, at now: Instant) {
        guard let probe = permit.probe, self.breaker != nil else { return }
        var breaker = self.current(at: now)
        defer { self.breaker = breaker }
        _ = breaker.release(probe, by: LocalBreaker.session, at: now)
    }

    /// The local breaker as it is at `now`.
    private func current(at now: Instant) -> BreakerCore.Breaker {
        var breaker = self.breaker ?? self.begin(at: now)
        // Nobody keeps a timer for it: what was due meanwhile is done as of when it was due.
        while let deadline = breaker.nextDeadline, deadline <= now,
            breaker.elapse(at: deadline, policy: self.policy, jitter: self.seed) != nil
        {}
        return breaker
    }

    private mutating func forget() {
        guard let breaker = self.breaker else { return }
        self.nextGeneration = breaker.generation + 1
        self.breaker = nil
    }

    /// A breaker in the state that the daemon told last.
    private func begin(at now: Instant) -> BreakerCore.Breaker {
        let phase: Phase =
            switch self.known {
            case nil: .closed
            case let known?: LocalBreaker.phase(known, at: now)
            }
        let saved = SavedBreaker(generation: self.nextGeneration, phase: phase, since: now, touched: now)
        return BreakerCore.Breaker(restoring: saved, policy: self.policy)
    }

    private static func phase(_ known: KnownState, at now: Instant) -> Phase {
        switch known.state {
        case .closed: return .closed
        case .halfOpen: return .halfOpen(Probation())
        case .open:
            if known.isForcedOpen { return .forced(Override(.open, until: known.until)) }
            let until = known.until ?? now
            return .open(Opening(until: until, length: max(.zero, until - now)))
        }
    }
}

extension Outcome {
    init(_ outcome: CallOutcome) {
        self =
            switch outcome {
            case .success: .success
            case .failure: .failure
            case .timeout: .timeout
            case .ignored: .ignored
            }
    }
}
