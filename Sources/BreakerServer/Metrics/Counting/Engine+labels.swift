// Which breakers are shown under their own names.

import BreakerCore
import Synchronization

extension Engine {
    /// Gives free labels to the busiest breakers that have none, and lets much busier ones take over.
    func reviewLabels() {
        // One at a time: two would both give the same label away.
        self.labelOrder.withLock { _ in
            var review = LabelReview(free: self.labels.free)
            self.table.forEachShard { shard in
                for slot in shard.entries.indices {
                    guard let entry = shard.entries[slot] else { continue }
                    review.consider(
                        entry.pointee.name, calls: entry.pointee.breaker.totals.calls,
                        isLabelled: entry.pointee.isLabelled)
                }
            }
            for (winner, loser) in review.changes {
                if let loser { self.setLabel(of: loser.name, false) }
                self.setLabel(of: winner.name, true)
            }
        }
    }

    /// Labels a breaker if there is room, or takes its label away.
    private func setLabel(of name: String, _ isLabelled: Bool) {
        try? name.withNameBytes { bytes throws(EngineError) in
            try self.table.withShard(of: bytes) { shard, hash throws(EngineError) in
                // Forgotten since, or made anew with a label.
                guard let slot = shard.find(bytes, hash: hash), let entry = shard.entries[slot],
                    entry.pointee.isLabelled != isLabelled
                else { return }
                if isLabelled {
                    guard self.labels.take(for: name) else { return }
                } else {
                    self.labels.giveBack()
                }
                let now = self.clock.now()
                shard.meter.remove(entry.pointee.breaker, slot, at: now)
                entry.pointee.isLabelled = isLabelled
                // Each call is counted in one series: the one that its breaker had then.
                entry.pointee.durations = DurationTotals()
                shard.meter.add(entry.pointee.breaker, slot, labelled: isLabelled, at: now)
            }
        }
    }

    /// A breaker is in the table from now on.
    func meter(new slot: Int, labelled: Bool, in shard: inout Shard, at now: Instant) {
        guard let entry = shard.entries[slot] else { return }
        entry.pointee.isLabelled = labelled
        shard.meter.add(entry.pointee.breaker, slot, labelled: labelled, at: now)
    }

    /// A breaker is about to leave the table.
    func meter(leaving slot: Int, in shard: inout Shard, at now: Instant) {
        guard let entry = shard.entries[slot] else { return }
        if entry.pointee.isLabelled { self.labels.giveBack() }
        shard.meter.remove(entry.pointee.breaker, slot, at: now)
    }
}
