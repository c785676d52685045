// What this process knows of one guarded breaker: what the application wishes, what the daemon said last, the
// breaker of its own that decides while the daemon cannot be asked, and what was counted and not yet told.
// The lock is taken for a few machine words at a time; nothing is called under it, and a call that passes a
// closed breaker does not take it.

import BreakerCore
import Logging
import Synchronization

final class BreakerCell: Sendable {
    let name: String
    /// A name that the daemon would refuse is never sent to it.
    let isNameValid: Bool
    let isCached: Bool
    let clock: ClientClock
    let signals: LinkSignals
    let gate = Gate()
    let ledger = CallLedger()
    let observer: BreakerObserver
    private let slowAt = Atomic<Int64>(.max)
    private let state: Mutex<State>

    private struct State {
        var declaration: Declaration?
        /// What the daemon said last; it outlives the connection.
        var known: KnownState?
        /// Events keep `known` up to date, and their first snapshot is complete.
        var isMirrored = false
        /// While the mirror has calls refused.
        var period: OpenPeriod?
        var openPeriods: UInt64 = 0
        var deciding = Deciding()
        var local: LocalBreaker
    }

    init(
        name: String, configuration: BreakerClient.Configuration, signals: LinkSignals,
        observer: BreakerObserver
    ) {
        self.name = name
        self.observer = observer
        self.isNameValid = BreakerName.isValid(name.utf8)
        self.isCached = configuration.mode == .cached
        self.clock = configuration.clock
        self.signals = signals
        let reporter = ReporterID(instance: configuration.instance ?? "")
        self.state = Mutex(State(local: LocalBreaker(reporter: reporter)))
    }

    // MARK: The policy

    /// What is to be declared on each connection.
    var declaration: Declaration? { self.state.withLock { $0.declaration } }

    /// Takes what the application wishes. Fields out of range are left out, and the log says so. In force
    /// here until the daemon tells what is in effect.
    func wish(_ policy: BreakerPolicy, logger: Logger) {
        let (patch, problems) = policy.patch()
        for problem in problems {
            logger.log(
                .policyFieldIgnored, at: .error,
                [
                    "breaker": "\(self.name)", "field": "\(problem.field.rawValue)",
                    "problem": "\(problem.message)",
                ])
        }
        let declaration = patch.isEmpty ? nil : Declaration(breaker: self.name, patch: patch)
        self.state.withLock { $0.declaration = declaration }
        self.adopt(PolicyBook().effective(for: "", declared: patch))
    }

    /// Takes the policy in effect.
    func adopt(_ policy: Policy) {
        self.slowAt.store(policy.slowCall?.nanoseconds ?? .max, ordering: .relaxed)
        self.ledger.setTripRow(policy.consecutiveFailures)
        self.state.withLock { $0.local.adopt(policy) }
    }

    /// The window of the policy in effect.
    var window: Policy.WindowShape { self.state.withLock { $0.local.policy.window } }

    func isSlow(_ duration: Interval) -> Bool {
        duration.nanoseconds >= self.slowAt.load(ordering: .relaxed)
    }

    // MARK: What the daemon says

    /// The generation known; 0: none.
    var knownGeneration: UInt64 { self.state.withLock { $0.known?.generation ?? 0 } }

    /// The daemon's answer to one call.
    func learn(_ answer: Acquisition, at now: Instant) {
        self.state.withLock { state in
            if case .refused(.probing, let retryAfter) = answer.verdict {
                state.deciding.hold(for: retryAfter, at: now)
            }
            guard answer.generation >= state.known?.generation ?? 0 else { return }
            self.set(KnownState(answer, at: now), in: &state)
        }
        self.observer.saw(answer.state, generation: answer.generation)
    }

    /// An event of the mirror.
    ///
    /// - Parameter anew: it stands in a snapshot and counts whatever was known before.
    func learn(_ change: BreakerChange, at now: Instant, anew: Bool) {
        self.state.withLock { state in
            guard anew || change.generation > state.known?.generation ?? 0 else { return }
            self.set(KnownState(change, at: now), in: &state, anew: anew)
        }
        self.observer.saw(change.state, generation: change.generation, anew: anew)
    }

    /// The snapshot is complete: from now on the mirror knows all there is to know.
    func becomeMirrored() {
        self.state.withLock { state in
            state.isMirrored = true
            self.setGate(&state)
        }
    }

    /// There is no such breaker.
    func forget() {
        self.state.withLock { state in
            state.known = nil
            state.local.learn(nil)
            state.deciding.endHold()
            self.setGate(&state)
        }
        self.observer.sawNone()
    }

    /// Events come no longer. What is known stays, for the breaker of this process to begin from.
    func endMirror() {
        self.state.withLock { state in
            state.isMirrored = false
            self.setGate(&state)
        }
    }

    private func set(_ known: KnownState, in state: inout State, anew: Bool = false) {
        if known.generation != state.known?.generation { state.deciding.endHold() }
        state.known = known
        state.local.learn(known, anew: anew)
        self.setGate(&state)
    }

    private func setGate(_ state: inout State) {
        let known = state.isMirrored ? state.known : nil
        state.openPeriods += 1
        state.period = known.flatMap {
            OpenPeriod($0, number: state.openPeriods, breaker: self.name, clock: self.clock)
        }
        if let period = state.period {
            self.gate.set(.open(period.number))
        } else if let known, known.state == .closed {
            self.gate.set(.closed(known.generation))
        } else {
            self.gate.set(.unsure)
        }
    }

    // MARK: The verdict of the mirror

    /// The admission of a call that the mirror lets pass at once.
    var passing: Admission? {
        guard case .closed(let generation) = self.gate.verdict else { return nil }
        let now = self.clock.now
        guard self.signals.isFresh(at: now) else { return nil }
        return Admission(generation: generation, started: now)
    }

    /// What the mirror says, the daemon's answer being awaited by one call more where it says `ask`: then
    /// `endAsking` must follow.
    func decide(isFresh: Bool, at now: Instant) -> LocalVerdict {
        self.state.withLock { state in
            let known = isFresh && state.isMirrored ? state.known : nil
            let probes = state.local.policy.probes
            let verdict = state.deciding.verdict(
                known, period: state.period, probes: Int(probes), at: now)
            if case .ask = verdict { state.deciding.beginAsking() }
            return verdict
        }
    }

    func endAsking() { self.state.withLock { $0.deciding.endAsking() } }

    /// A probe of this process has ended, so that a slot may be free.
    func endHold() { self.state.withLock { $0.deciding.endHold() } }

    // MARK: The verdict of this process

    func admit(at now: Instant) -> LocalBreaker.Verdict { self.state.withLock { $0.local.acquire(at: now) } }

    func report(_ permit: LocalPermit, _ verdict: CallVerdict, duration: Duration, at now: Instant) {
        self.state.withLock { $0.local.report(permit, verdict, duration: duration, at: now) }
    }

    func release(_ permit: LocalPermit, at now: Instant) {
        self.state.withLock { $0.local.release(permit, at: now) }
    }
}
