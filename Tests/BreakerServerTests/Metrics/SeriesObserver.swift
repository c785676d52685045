import BreakerCore
import Testing

@testable import BreakerServer

/// Sees what Prometheus sees: remembers every series, adds up what each grew by, and holds them to what is
/// promised of counters.
struct SeriesObserver {
    private struct Shown {
        let since: Instant?
        let calls: UInt64
        let milliseconds: Int64
    }

    private var shown: [String: Shown] = [:]
    /// What all series together have grown by since the beginning.
    private(set) var calls: UInt64 = 0
    private(set) var milliseconds: Int64 = 0
    /// How often a series began anew under a name that had ended.
    private(set) var comebacks = 0
    private var ended: Set<String> = []

    mutating func observe(_ engine: Engine) {
        let reading = engine.readMetrics()
        var now: [String: Shown] = [:]
        for series in reading.breakers {
            let states = series.milliseconds
            #expect(min(states.closed, states.open, states.halfOpen) >= 0, "\(series.name): \(states)")
            let current = Shown(
                since: series.since, calls: series.totals.calls,
                milliseconds: states.closed + states.open + states.halfOpen)
            self.compare(series.name, current)
            #expect(now.updateValue(current, forKey: series.name) == nil, "two series of \(series.name)")
        }
        let gone = Set(self.shown.keys).subtracting(now.keys)
        #expect(!gone.contains(LabelRoom.others))
        self.ended.formUnion(gone)
        self.shown = now
        let labelled = reading.breakers.count { $0.name != LabelRoom.others }
        #expect(labelled <= engine.settings.labelledBreakers)
    }

    private mutating func compare(_ name: String, _ current: Shown) {
        guard let former = self.shown[name], former.since == current.since else {
            if self.ended.contains(name) { self.comebacks += 1 }
            self.calls &+= current.calls
            self.milliseconds += current.milliseconds
            return
        }
        #expect(current.calls >= former.calls, "\(name) went back")
        #expect(current.milliseconds >= former.milliseconds, "\(name) went back in time")
        self.calls &+= current.calls &- former.calls
        self.milliseconds += current.milliseconds - former.milliseconds
    }
}
