// The daemon's heart: every operation on breakers, for whichever connection asks.
//
// Locks, outermost first: policy order → label order → shard → policy rules → feed → store's queue. The hot
// path takes one shard's lock and nothing else. A change of state is appended to the feed and handed to the
// store under the shard's lock, because only that keeps the changes of one breaker in order; both take
// nanoseconds and changes are rare.

package import BreakerCore
package import BreakerStore
import Synchronization

package final class Engine: Sendable {
    /// What does not change while the daemon runs.
    package struct Settings: Sendable {
        package var maximumBreakers: Int
        package var maximumPolicies: Int
        package var maximumInstances: Int
        /// Breakers that metrics show under their own names.
        package var labelledBreakers: Int
        /// Seeds hashes and jitter.
        package var seed: UInt64

        package init(
            maximumBreakers: Int, maximumPolicies: Int, maximumInstances: Int,
            labelledBreakers: Int = Limits().metricsBreakers, seed: UInt64
        ) {
            self.maximumBreakers = maximumBreakers
            self.maximumPolicies = maximumPolicies
            self.maximumInstances = maximumInstances
            self.labelledBreakers = labelledBreakers
            self.seed = seed
        }
    }

    package let clock: DaemonClock
    package let feed: ChangeFeed
    package let instances: InstanceSequences
    let instanceNames: InstanceNames
    let settings: Settings
    let store: Store
    let table: BreakerTable
    let rules: PolicyRules
    let breakerCount = Atomic<Int>(0)
    let transitionCount = Atomic<Int>(0)
    /// How often rules have changed since the start, for watchers to ask again what is in effect.
    let policyChanges = Atomic<Int>(0)
    let beingFlushed = Atomic<Int>(0)
    /// What a flush has gathered and not handed over yet, ordered by name.
    let flushing = Mutex<ArraySlice<Shard.Dirty>>([])
    /// A new breaker's generation exceeds this: names that were forgotten do not start over.
    let generationFloor: Atomic<UInt64>
    /// Told of every deadline that is earlier than all others of its shard.
    let alarm: Alarm
    /// Operator's commands that are in force and not on disk yet.
    let unsaved = UnsavedCommands()
    /// Held from a policy's change until the store has it, so that both see changes in one order.
    let policyOrder = Mutex<Void>(())
    /// Which breakers metrics show under their own names.
    let labels: LabelRoom
    /// Held while labels change hands.
    let labelOrder = Mutex<Void>(())

    /// Takes over what the store loaded.
    package init(
        settings: Settings, clock: DaemonClock, store: Store, loaded: borrowing LoadedState,
        filePolicies: [PolicyBook.Rule]
    ) {
        self.settings = settings
        self.clock = clock
        self.store = store
        self.alarm = Alarm()
        self.feed = ChangeFeed(last: (UInt64(loaded.epoch) - 1) * 1_000_000_000)
        self.table = BreakerTable(seed: settings.seed)
        self.labels = LabelRoom(limit: settings.labelledBreakers)
        self.generationFloor = Atomic(loaded.generationFloor)
        self.instances = InstanceSequences(loaded.sequences, limit: settings.maximumInstances)
        self.instanceNames = InstanceNames(loaded.sequences, limit: settings.maximumInstances)
        self.rules = PolicyRules(PolicyRules.State(loaded, filePolicies: filePolicies))
        self.restore(loaded)
    }

    /// Nil under a manual clock: tests want exact times.
    func jitter(_ hash: UInt64) -> Breaker.JitterSeed? {
        self.clock.isManual ? nil : self.settings.seed ^ hash
    }

    // MARK: Reaching a breaker

    /// Runs an event on a breaker, creating it first if need be, with what was due before the event done.
    ///
    /// - Parameter expected: run and create only if the breaker is at this generation; 0: only if there is
    ///   none.
    @inline(__always)
    func withBreaker<Result: Sendable>(
        _ name: UnsafeRawBufferPointer, at now: Instant, expecting expected: UInt64? = nil,
        _ body: (inout Shard, Int, UInt64) throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        try self.table.withShard(of: name) { shard, hash throws(EngineError) in
            let found = shard.find(name, hash: hash)
            if let found { self.elapse(found, in: &shard, at: now) }
            if let expected {
                let actual = found.flatMap { shard.entries[$0]?.pointee.breaker.generation } ?? 0
                guard actual == expected else {
                    throw .generationConflict(expected: expected, actual: actual)
                }
            }
            let slot = if let found { found } else { try self.create(name, hash: hash, in: &shard, at: now) }
            let result = try body(&shard, slot, hash)
            shard.markDirty(slot)
            if let deadline = shard.arm(slot) { self.alarm.arm(deadline) }
            return result
        }
    }

    func create(
        _ name: UnsafeRawBufferPointer, hash: UInt64, in shard: inout Shard, at now: Instant
    ) throws(EngineError) -> Int {
        let count = self.breakerCount.add(1, ordering: .relaxed).newValue
        guard count <= self.settings.maximumBreakers else {
            self.breakerCount.subtract(1, ordering: .relaxed)
            throw .tooManyBreakers(limit: self.settings.maximumBreakers)
        }
        let text = String(decoding: name, as: UTF8.self)
        let policy = self.rules.effective(for: text, declared: nil)
        let generation = self.generationFloor.load(ordering: .acquiring) + 1
        let breaker = Breaker(generation: generation, policy: policy, at: now)
        let slot = shard.insert(
            Entry(name: text, hash: hash, breaker: breaker, policy: shard.position(of: policy)))
        self.meter(new: slot, labelled: self.labels.take(for: text), in: &shard, at: now)
        self.publish(slot, in: &shard) { .created(StateView($0, reason: nil)) }
        // Saved with the counters: what a crash forgets has no state yet, and its generation is not used
        // again.
        return slot
    }

    // MARK: What follows from an event

    /// Does what is due by time alone.
    @inline(__always)
    func elapse(_ slot: Int, in shard: inout Shard, at now: Instant) {
        // The heap holds a timer for every deadline, so there is none before the one that is armed.
        guard let armed = shard.entries[slot]?.pointee.armed, armed <= now else { return }
        self.elapseOverdue(slot, in: &shard, at: now)
    }

    func elapseOverdue(_ slot: Int, in shard: inout Shard, at now: Instant) {
        while let deadline = shard.entries[slot]?.pointee.breaker.nextDeadline, deadline <= now {
            let transition = shard.change(slot) { entry, policy in
                entry.breaker.elapse(at: now, policy: policy, jitter: self.jitter(entry.hash))
            }
            guard let transition else { return }
            self.settle(transition, slot, in: &shard, at: now)
        }
    }

    /// Tells watchers, the store and metrics of a transition.
    ///
    /// - Parameter rule: what moved the breaker; nil: what the transition says.
    func settle(
        _ transition: Breaker.Transition, _ slot: Int, in shard: inout Shard, at now: Instant,
        rule: TransitionRule? = nil
    ) {
        let transition = self.explain(transition, slot, in: &shard, at: now)
        shard.meter.moved(slot, transition, rule ?? TransitionRule(transition), at: now)
        self.publish(slot, in: &shard, reason: transition.reason)
        self.persist(slot, in: &shard, history: transition)
    }

    func publish(_ slot: Int, in shard: inout Shard, reason: TripReason?) {
        self.publish(slot, in: &shard) { .state(StateView($0, reason: reason)) }
    }

    private func publish(_ slot: Int, in shard: inout Shard, _ kind: (Breaker) -> Change.Kind) {
        guard let entry = shard.entries[slot]?.pointee else { return }
        let revision = self.feed.append(breaker: entry.name, kind(entry.breaker))
        shard.change(slot) { entry, _ in entry.revision = revision }
    }

    /// Hands the breaker to the store; with `history`, an automatic transition that is worth an event.
    func persist(_ slot: Int, in shard: inout Shard, history: Breaker.Transition?) {
        guard let entry = shard.entries[slot]?.pointee else { return }
        let anchor = self.clock.anchor()
        if history != nil { self.transitionCount.add(1, ordering: .relaxed) }
        self.store.record(
            ChangeRecord(
                name: entry.name, change: .present(entry.breaker, declared: entry.declared),
                history: history.map { HistoryEvent($0, of: entry, at: anchor) }, anchor: anchor))
    }
}

extension Engine {
    /// For names that come as `String`.
    func withBreaker<Result: Sendable>(
        named name: String, at now: Instant, expecting expected: UInt64? = nil,
        _ body: (inout Shard, Int, UInt64) throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        try name.withNameBytes { bytes throws(EngineError) in
            try self.withBreaker(bytes, at: now, expecting: expected, body)
        }
    }
}

extension String {
    /// The bytes of a name, valid during `body` only.
    func withNameBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        var copy = self
        var outcome: Swift.Result<Result, EngineError>?
        copy.withUTF8 { bytes in
            do throws(EngineError) {
                outcome = .success(try body(UnsafeRawBufferPointer(bytes)))
            } catch {
                outcome = .failure(error)
            }
        }
        // `withUTF8` has run its closure by now.
        return try outcome!.get()
    }
}
