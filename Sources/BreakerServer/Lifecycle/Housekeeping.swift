import BreakerCore
import BreakerStore

/// What has to happen now and then: counters to the store, idle breakers swept.
struct Housekeeping {
    /// Counters are promised to be on disk within a second: half of it is for the writer. Each flush disturbs
    /// the requests of that moment, so there are no more of them than that takes.
    private static let period = Duration.milliseconds(500)
    /// Every breaker is swept once in so many periods: in half a minute.
    private static let periodsPerSweep = 60
    /// Records that may wait for the writer before a flush goes on: a million changed breakers are not copied
    /// at once, and what waits is about what one transaction takes, so that it need not be divided.
    private static let waitingRecords = 2_000

    let engine: Engine
    let store: Store

    /// Returns when its task is cancelled.
    func run() async {
        while (try? await Task.sleep(for: Housekeeping.period)) != nil {
            await self.flush()
            // A manual clock sweeps when it is advanced.
            guard !self.engine.clock.isManual else { continue }
            self.engine.sweep(part: Housekeeping.periodsPerSweep, at: self.engine.clock.now())
        }
    }

    private func flush() async {
        self.engine.beginFlush()
        while self.engine.flushNext() { await self.letTheWriterCatchUp() }
    }

    private func letTheWriterCatchUp() async {
        while self.store.status.owed > Housekeeping.waitingRecords, !self.store.status.isFailing {
            guard (try? await Task.sleep(for: .milliseconds(2))) != nil else { return }
        }
    }
}
