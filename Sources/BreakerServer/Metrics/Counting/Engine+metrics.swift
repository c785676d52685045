// All breakers as metrics show them.

import BreakerCore

/// What metrics show of the engine, at about one moment: each shard is read at its own.
struct EngineReading: Sendable {
    /// Breakers with a label, by name; then, if there is or was a breaker without one, all of those.
    var breakers: [BreakerReading] = []
    var transitions: [RuledTransition: UInt64] = [:]
}

extension Engine {
    func readMetrics() -> EngineReading {
        var reading = EngineReading()
        var others = BreakerReading(name: LabelRoom.others)
        self.table.forEachShard { shard in
            // Under its lock: no event that has been counted here is later.
            shard.read(into: &reading, others: &others, at: self.clock.now())
        }
        reading.breakers.sort { $0.name < $1.name }
        if self.labels.isShowingOthers {
            reading.breakers.append(others)
            // Now, and not before: what a breaker that loses its label has counted has just been told.
            self.reviewLabels()
        }
        return reading
    }
}

extension Shard {
    fileprivate mutating func read(
        into reading: inout EngineReading, others: inout BreakerReading, at now: Instant
    ) {
        let moment = self.meter.willRead(at: now)
        var unlabelled = PerState<Int>(repeating: 0)
        for slot in self.entries.indices {
            guard let entry = self.entries[slot] else { continue }
            if entry.pointee.isLabelled, let label = self.meter.labels[slot] {
                var one = BreakerReading(name: entry.pointee.name, since: label.since)
                one.add(entry.pointee.breaker, at: now)
                one.add(label.tally, of: one.breakers, at: moment)
                one.latency = entry.pointee.breaker.latency(at: now)
                one.durations = entry.pointee.durations
                reading.breakers.append(one)
            } else {
                others.add(entry.pointee.breaker, at: now)
                unlabelled[entry.pointee.breaker.state] += 1
            }
        }
        others.add(self.meter.others, of: unlabelled, at: moment)
        others.durations.add(self.meter.durationsOfOthers)
        reading.transitions.merge(self.meter.transitions, uniquingKeysWith: +)
    }
}
