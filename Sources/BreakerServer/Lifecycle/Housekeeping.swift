import BreakerCore
import BreakerStore

/// What has to happen now and then: counters to the store every second, idle breakers swept.
struct Housekeeping {
    private static let period = Duration.seconds(1)
    /// Slots a sweep visits in each of 64 shards: a million breakers take about 4 minutes, ten thousand a
    /// second.
    private static let slotsPerSweep = 64
    /// Records that may wait for the writer before a flush goes on: a million changed breakers are not copied
    /// at once.
    private static let waitingRecords = 5_000

    let engine: Engine
    let store: Store

    /// Returns when its task is cancelled.
    func run() async {
        while (try? await Task.sleep(for: Housekeeping.period)) != nil {
            await self.flush()
            // A manual clock sweeps when it is advanced.
            guard !self.engine.clock.isManual else { continue }
            self.engine.sweep(slotsPerShard: Housekeeping.slotsPerSweep, at: self.engine.clock.now())
        }
    }

    private func flush() async {
        self.engine.flushSequences()
        for shard in 0..<BreakerTable.shardCount {
            await self.letTheWriterCatchUp()
            self.engine.flushCounters(ofShard: shard)
        }
    }

    private func letTheWriterCatchUp() async {
        while self.store.status.owed > Housekeeping.waitingRecords, !self.store.status.isFailing {
            guard (try? await Task.sleep(for: .milliseconds(2))) != nil else { return }
        }
    }
}
