import BreakerCore
import NIOCore

/// What has to happen now and then: counters to the store every second, idle breakers swept.
struct Housekeeping {
    private static let period = Duration.seconds(1)
    /// Slots a sweep visits in each of 64 shards: a million breakers take about 4 minutes, ten thousand a second.
    private static let slotsPerSweep = 64

    let engine: Engine

    /// Returns when its task is cancelled.
    func run() async {
        while (try? await Task.sleep(for: Housekeeping.period)) != nil {
            self.engine.flushCounters()
            // A manual clock sweeps when it is advanced.
            guard !self.engine.clock.isManual else { continue }
            self.engine.sweep(slotsPerShard: Housekeeping.slotsPerSweep, at: self.engine.clock.now())
        }
    }
}
