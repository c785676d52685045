import BreakerCore
import BreakerStore
import HeapModule

/// A part of the table: its breakers, their policies and their timers, all under one lock.
///
/// Entries lie in slots and are changed in place: no reference counts on the hot path.
struct Shard: ~Copyable {
    /// When a breaker has something to do by time alone.
    struct Timer: Comparable {
        let deadline: Instant
        let slot: Int

        static func < (left: Timer, right: Timer) -> Bool { left.deadline < right.deadline }
    }

    /// An entry whose counters changed.
    struct Dirty {
        let name: String
        let hash: UInt64
        let slot: Int
    }

    private(set) var entries = EntrySlots()
    private var free: [Int] = []
    private var index = NameIndex()
    /// Policies in effect, each once; entries refer to them by position.
    private(set) var policies: [Policy] = []
    private var policyPositions: [Policy: Int32] = [:]
    private var timers = Heap<Timer>()
    /// Slots whose counters changed since the last flush.
    private var dirty: [Int] = []
    /// Where the next sweep goes on.
    private var sweepPosition = 0
    /// What is counted for metrics as breakers come, go and change.
    var meter = ShardMeter()
    /// By slot, of those that had traced calls in trouble.
    var traces: [Int: RecentTraces] = [:]

    var count: Int { self.index.count }

    /// Breakers whose counters the store has yet to be given.
    var dirtyCount: Int { self.dirty.count }

    func find(_ name: UnsafeRawBufferPointer, hash: UInt64) -> Int? {
        self.index.find(hash) { self.entries[$0]?.pointee.isNamed(name) ?? false }
    }

    /// Makes room for so many breakers at once.
    mutating func reserve(_ count: Int) {
        self.index.reserve(count) { self.entries[$0]?.pointee.hash ?? 0 }
    }

    mutating func insert(_ entry: Entry) -> Int {
        let slot: Int
        if let reused = self.free.popLast() {
            slot = reused
            self.entries.fill(slot, with: entry)
        } else {
            slot = self.entries.count
            self.entries.append(entry)
        }
        self.index.insert(slot, hash: entry.hash) { self.entries[$0]?.pointee.hash ?? 0 }
        return slot
    }

    mutating func remove(_ slot: Int) {
        guard let hash = self.entries[slot]?.pointee.hash else { return }
        self.index.remove(slot, hash: hash) { self.entries[$0]?.pointee.hash ?? 0 }
        self.entries.empty(slot)
        self.traces[slot] = nil
        self.free.append(slot)
    }

    /// Changes an entry in place. The slot must be in use: slots never leave the lock they were found under.
    @inline(__always)
    mutating func change<Result>(_ slot: Int, _ body: (inout Entry, Policy) -> Result) -> Result {
        guard let entry = self.entries[slot] else { preconditionFailure("slot \(slot) is free") }
        return body(&entry.pointee, self.policies[Int(entry.pointee.policy)])
    }

    /// Visits what every breaker is doing, without copying the breakers.
    func forEachPhase(_ body: (Phase) -> Void) {
        for slot in self.entries.indices {
            if let phase = self.entries[slot]?.pointee.breaker.phase { body(phase) }
        }
    }

    // MARK: Policies

    /// The position of a policy, adding it if it is new.
    mutating func position(of policy: Policy) -> Int32 {
        if let position = self.policyPositions[policy] { return position }
        // Clients can declare one policy after the other: those that nobody has any more must not pile up.
        if self.policies.count >= 64 + 2 * self.count { self.compactPolicies() }
        let position = Int32(self.policies.count)
        self.policies.append(policy)
        self.policyPositions[policy] = position
        return position
    }

    /// Gives an entry another policy; false: it has it already.
    mutating func setPolicy(_ policy: Policy, of slot: Int) -> Bool {
        guard let former = self.entries[slot]?.pointee.policy, self.policies[Int(former)] != policy else {
            return false
        }
        let position = self.position(of: policy)
        self.entries[slot]?.pointee.policy = position
        return true
    }

    /// Drops policies that no entry refers to any more; after rules have changed.
    mutating func compactPolicies() {
        let old = self.policies
        self.policies = []
        self.policyPositions = [:]
        for slot in self.entries.indices {
            guard let former = self.entries[slot]?.pointee.policy else { continue }
            let position = self.position(of: old[Int(former)])
            self.entries[slot]?.pointee.policy = position
        }
    }

    // MARK: Timers

    /// Sees to it that the heap knows the entry's next deadline. Gives it when it is the shard's earliest.
    @inline(__always)
    mutating func arm(_ slot: Int) -> Instant? {
        guard let entry = self.entries[slot], let deadline = entry.pointee.breaker.phase.nextDeadline,
            deadline < entry.pointee.armed
        else { return nil }
        return self.arm(slot, deadline)
    }

    private mutating func arm(_ slot: Int, _ deadline: Instant) -> Instant? {
        self.entries[slot]?.pointee.armed = deadline
        // Each re-arming to an earlier time leaves a stale timer behind: a client could pile them up.
        if self.timers.count > 64 + 2 * self.count { self.rebuildTimers() }
        self.timers.insert(Timer(deadline: deadline, slot: slot))
        return self.timers.min?.deadline == deadline ? deadline : nil
    }

    var earliestDeadline: Instant? { self.timers.min?.deadline }

    /// Takes the earliest timer that is due and still meant; stale ones are dropped on the way.
    mutating func popDue(at now: Instant) -> Int? {
        while let timer = self.timers.min, timer.deadline <= now {
            self.timers.removeMin()
            if self.entries[timer.slot]?.pointee.armed == timer.deadline {
                self.entries[timer.slot]?.pointee.armed = .distantFuture
                return timer.slot
            }
        }
        return nil
    }

    private mutating func rebuildTimers() {
        let meant = self.timers.unordered.filter { self.entries[$0.slot]?.pointee.armed == $0.deadline }
        self.timers = Heap(meant)
    }

    // MARK: Flush and sweep

    @inline(__always)
    mutating func markDirty(_ slot: Int) {
        guard let entry = self.entries[slot], !entry.pointee.isDirty else { return }
        entry.pointee.isDirty = true
        self.dirty.append(slot)
    }

    /// Which entries' counters changed since the last call. Each is dirty until it is taken.
    mutating func takeDirty() -> [Dirty] {
        defer { self.dirty.removeAll(keepingCapacity: self.dirty.count < 4_096) }
        return self.dirty.compactMap { slot in
            // A slot that was freed and used again is dirty for its new entry.
            guard let entry = self.entries[slot]?.pointee, entry.isDirty else { return nil }
            return Dirty(name: entry.name, hash: entry.hash, slot: slot)
        }
    }

    /// A copy of what the store is to know of an entry whose counters changed; nil if it has gone since.
    mutating func take(_ dirty: Dirty, at now: Instant) -> CounterRecord? {
        guard var entry = self.entries[dirty.slot]?.pointee, entry.isDirty, entry.name == dirty.name else {
            return nil
        }
        self.entries[dirty.slot]?.pointee.isDirty = false
        // The store holds it for a while; the table's own counts stay where they are.
        let latency = entry.breaker.latency(at: now)
        entry.breaker.unshare()
        return CounterRecord(
            name: entry.name, breaker: entry.breaker, declared: entry.declared, latency: latency)
    }

    /// The next `limit` slots in turn, round and round.
    mutating func nextSlotsToSweep(_ limit: Int) -> [Int] {
        guard self.entries.count > 0 else { return [] }
        let slots = (0..<min(limit, self.entries.count)).map {
            (self.sweepPosition + $0) % self.entries.count
        }
        self.sweepPosition = (self.sweepPosition + slots.count) % self.entries.count
        return slots.filter { self.entries[$0] != nil }
    }
}
