import BreakerClient

/// One breaker as `top` knows it. Times are since the command's start.
struct TopRow: Sendable {
    private struct Counted: Sendable {
        var at: Duration
        var ended: UInt64
        var rejected: UInt64
    }

    /// What a rate is taken over: instances report a few times a second, not evenly.
    private static let rateSpan = Duration.milliseconds(3_500)

    let name: String
    var state = BreakerState.closed
    var generation: UInt64 = 0
    var override: BreakerOverride?
    /// Why it is not closed, as far as the watch has told.
    var reason: BreakerReason?
    /// Since when it is in this state; nil: not known.
    var since: Duration?
    /// When it changes by itself, or its override ends.
    var until: Duration?
    private(set) var window = BreakerStatus.Window()
    private(set) var probes = BreakerStatus.Probes()
    /// 0…1, from the daemon.
    private(set) var nearness = 0.0
    /// Calls that ended, and that were refused, a second.
    private(set) var calls = 0.0
    private(set) var refused = 0.0
    /// At the last few tellings, oldest first.
    private var counted: [Counted] = []

    init(name: String) {
        self.name = name
    }

    /// How bad it is, 0 the worst: open, half-open, forced, near a limit, healthy.
    var rank: Int {
        if self.override != nil { return 2 }
        switch self.state {
        case .open: return 0
        case .halfOpen: return 1
        case .closed: return self.isNear ? 3 : 4
        }
    }

    var isNear: Bool { self.nearness >= ClosedExplanation.near }

    mutating func count(_ counts: BreakerCounts, at now: Duration) {
        (self.window, self.probes, self.nearness) = (counts.window, counts.probes, counts.nearness)
        let totals = counts.totals
        let ended = totals.success + totals.failure + totals.timeout + totals.ignored
        self.counted.append(Counted(at: now, ended: ended, rejected: totals.rejected))
        while self.counted.count > 2, now - self.counted[0].at > TopRow.rateSpan {
            self.counted.removeFirst()
        }
        let span = (now - self.counted[0].at) / .seconds(1)
        guard span >= 0.5 else { return }
        // Totals begin anew where a restart has lost the last second: no rate is negative.
        self.calls = max(0, Double(ended) - Double(self.counted[0].ended)) / span
        self.refused = max(0, Double(totals.rejected) - Double(self.counted[0].rejected)) / span
    }

    /// Nothing was told of it for a while: nobody calls it.
    mutating func rest(at now: Duration) {
        guard var last = self.counted.last, now - last.at > TopRow.rateSpan else { return }
        (self.calls, self.refused) = (0, 0)
        last.at = now
        self.counted = [last]
    }
}
