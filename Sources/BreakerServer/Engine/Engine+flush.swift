// Counters on their way to the store, in the order of names: that is how rows lie on disk, so that breakers
// changed together are written page by page and not a page for each.

import BreakerStore
import Synchronization

extension Engine {
    /// Breakers of one part of a flush. Their shards are locked one after the other, each for one copy.
    private static let flushPart = 1_000

    /// Hands everything that changed before to the store.
    package func flushCounters() {
        self.beginFlush()
        while self.flushNext() {}
    }

    /// Hands over the batch sequences, and gathers the breakers that changed. The sequences first: a crash
    /// between the two loses counts and never counts a batch twice.
    package func beginFlush() {
        self.flushSequences()
        self.flushing.withLock { rest in
            var changed = Array(rest)
            self.table.forEachShard { shard in
                let dirty = shard.takeDirty()
                self.beingFlushed.add(dirty.count, ordering: .sequentiallyConsistent)
                changed += dirty
            }
            changed.sort { $0.name < $1.name }
            rest = changed[...]
        }
    }

    /// Hands over the next part of what was gathered. False: nothing is left. Two threads that flush at once
    /// share the work, and neither returns before what the other one took is handed over.
    package func flushNext() -> Bool {
        self.flushing.withLock { rest in
            let part = rest.prefix(Engine.flushPart)
            guard !part.isEmpty else { return false }
            rest.removeFirst(part.count)
            self.save(part)
            self.beingFlushed.subtract(part.count, ordering: .sequentiallyConsistent)
            return true
        }
    }

    private func save(_ part: ArraySlice<Shard.Dirty>) {
        var counters: [CounterRecord] = []
        for dirty in part {
            self.table.withShard(of: dirty.hash) { shard in
                if let record = shard.take(dirty, at: self.clock.now()) { counters.append(record) }
            }
        }
        if !counters.isEmpty { self.store.save(counters, sequences: [], anchor: self.clock.anchor()) }
    }

    private func flushSequences() {
        self.beingFlushed.add(1, ordering: .sequentiallyConsistent)
        let sequences = self.instances.takeChanged()
        if !sequences.isEmpty { self.store.save([], sequences: sequences, anchor: self.clock.anchor()) }
        self.beingFlushed.subtract(1, ordering: .sequentiallyConsistent)
    }

    /// Breakers and batch sequences that the store has yet to be given; 0 means that it knows everything.
    package var unflushedCount: Int {
        var count = self.instances.changedCount
        self.table.forEachShard { count += $0.dirtyCount }
        // Read last: what a flush has gathered is counted here before it is no longer counted there.
        return count + self.beingFlushed.load(ordering: .sequentiallyConsistent)
    }
}
