import BreakerCore
import BreakerStore

/// What has to happen now and then: counters to the store, idle breakers swept.
struct Housekeeping {
    /// Counters are promised to be on disk within a second: three quarters of it are for the writer.
    private static let period = Duration.milliseconds(250)
    /// A flush beyond the promised second, of hundreds of thousands of breakers, is followed by as long a
    /// rest: where all of them change all the time, half of it is for requests instead of for rows that are
    /// old before they are written.
    private static let longFlush = Duration.seconds(1)
    /// Every breaker is swept once in so many periods: in half a minute.
    private static let periodsPerSweep = 120
    /// Records that may wait for the writer before a flush goes on: a million changed breakers are not copied
    /// at once, and what waits is about what one transaction takes, so that it need not be divided.
    private static let waitingRecords = 2_000

    let engine: Engine
    let store: Store

    /// Returns when its task is cancelled.
    func run() async {
        var rest = Housekeeping.period
        while (try? await Task.sleep(for: rest)) != nil {
            let took = await ContinuousClock().measure { await self.flush() }
            rest = took > Housekeeping.longFlush ? took : Housekeeping.period
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
