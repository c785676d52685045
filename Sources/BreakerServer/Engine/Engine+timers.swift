// What time alone brings: deadlines, forgetting, and the periodic flush of counters.

package import BreakerCore
import BreakerStore
import Synchronization

extension Engine {
    /// Runs every deadline up to `now` and arms the alarm for the next.
    package func runTimers(at now: Instant) {
        self.alarm.hasRung()
        var next = Instant.distantFuture
        self.table.forEachShard { shard in
            while let slot = shard.popDue(at: now) {
                self.elapse(slot, in: &shard, at: now)
                shard.markDirty(slot)
                _ = shard.arm(slot)
            }
            next = min(next, shard.earliestDeadline ?? .distantFuture)
        }
        if next < .distantFuture { self.alarm.arm(next) }
    }

    /// The earliest deadline of all.
    package func earliestDeadline() -> Instant? {
        var earliest: Instant?
        self.table.forEachShard { shard in
            guard let deadline = shard.earliestDeadline else { return }
            earliest = min(earliest ?? deadline, deadline)
        }
        return earliest
    }

    /// Moves a manual clock, stopping at every deadline on the way so that each fires at its own time.
    package func advance(by interval: Interval) {
        let end = self.clock.now() + interval
        while let deadline = self.earliestDeadline(), deadline <= end {
            self.clock.move(to: deadline)
            self.runTimers(at: max(deadline, self.clock.now()))
        }
        self.clock.move(to: end)
        self.sweep(part: 1, at: end)
    }

    /// Visits the next n-th part of every shard, round and round: breakers that are long idle are forgotten,
    /// windows that ran empty give their memory back.
    ///
    /// - Parameter part: n; 1 visits all.
    package func sweep(part: Int, at now: Instant) {
        self.table.forEachShard { shard in
            for slot in shard.nextSlotsToSweep((shard.entries.count + part - 1) / part) {
                let isForgettable = shard.change(slot) { entry, policy in
                    entry.breaker.trim(at: now)
                    return entry.breaker.isForgettable(at: now, policy: policy)
                }
                if isForgettable { self.forget(slot, in: &shard) }
            }
        }
    }

    /// Hands everything that changed since the last time to the store.
    package func flushCounters() {
        self.flushSequences()
        for shard in 0..<BreakerTable.shardCount { self.flushCounters(ofShard: shard) }
    }

    /// Hands over the batch sequences. To be done before the counters: a crash between the two then loses
    /// counts and never counts a batch twice.
    package func flushSequences() {
        self.flush {
            let sequences = self.instances.takeChanged()
            guard !sequences.isEmpty else { return }
            self.store.save([], sequences: sequences, anchor: self.clock.anchor())
        }
    }

    /// Hands over the counters of one shard of `0..<shardCount`.
    package func flushCounters(ofShard index: Int) {
        self.flush {
            var counters: [CounterRecord] = []
            self.table.withShard(index) { shard in
                counters = shard.takeDirty().map {
                    CounterRecord(name: $0.name, breaker: $0.breaker, declared: $0.declared)
                }
            }
            guard !counters.isEmpty else { return }
            self.store.save(counters, sequences: [], anchor: self.clock.anchor())
        }
    }

    private func flush(_ body: () -> Void) {
        self.isFlushing.store(true, ordering: .sequentiallyConsistent)
        body()
        self.isFlushing.store(false, ordering: .sequentiallyConsistent)
    }

    /// Breakers and batch sequences that the store has yet to be given; 0 means that it knows everything.
    package var unflushedCount: Int {
        var count = self.instances.changedCount
        self.table.forEachShard { count += $0.dirtyCount }
        // Read last: a flush that has taken the counters but not handed them over counts as one.
        return count + (self.isFlushing.load(ordering: .sequentiallyConsistent) ? 1 : 0)
    }

    private func forget(_ slot: Int, in shard: inout Shard) {
        guard let entry = shard.entries[slot] else { return }
        shard.remove(slot)
        self.breakerCount.subtract(1, ordering: .relaxed)
        self.generationFloor.max(entry.breaker.generation, ordering: .acquiringAndReleasing)
        _ = self.feed.append(breaker: entry.name, .forgotten)
        let anchor = self.clock.anchor()
        self.store.record(
            ChangeRecord(
                name: entry.name, change: .forgotten(generation: entry.breaker.generation),
                history: HistoryEvent(forgotten: entry, at: anchor), anchor: anchor))
    }
}
