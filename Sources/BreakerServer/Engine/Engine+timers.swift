// What time alone brings: deadlines and forgetting.

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
                self.elapseOverdue(slot, in: &shard, at: now)
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
            self.move(to: deadline)
            self.runTimers(at: max(deadline, self.clock.now()))
        }
        self.move(to: end)
        self.sweep(part: 1, at: end)
    }

    /// What was counted before a minute's end is to be counted in that minute: the store counts it in the one
    /// in which it was last told of a breaker, and takes what it is told of one meanwhile as one change.
    private func move(to instant: Instant) {
        let anchor = self.clock.anchor()
        let minutes = [anchor.wallMilliseconds, anchor.wall(instant)].map(Minute.start(of:))
        if minutes[0] != minutes[1] {
            self.flushCounters()
            self.store.flushAndWait()
        }
        self.clock.move(to: instant)
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
                if isForgettable { self.forget(slot, in: &shard, at: now) }
            }
        }
    }

    private func forget(_ slot: Int, in shard: inout Shard, at now: Instant) {
        guard let entry = shard.entries[slot]?.pointee else { return }
        self.meter(leaving: slot, in: &shard, at: now)
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
