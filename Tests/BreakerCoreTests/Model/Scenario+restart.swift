import BreakerCore

extension Scenario {
    /// The daemon ends, cleanly or not, and comes back on a monotonic clock with another origin.
    mutating func restart() {
        let shift = Int64.random(in: -1_000_000_000_000...1_000_000_000, using: &self.random)
        let generation = self.real.generation + (self.random.oneIn(2) ? 1_000_000 : 0)
        self.note("restart, clock \(shift)")
        var saved = SavedBreaker(
            generation: generation, phase: self.real.phase.shifted(by: shift),
            since: self.real.since.shifted(by: shift), touched: self.real.touched.shifted(by: shift))
        saved.backoff = self.real.backoff
        saved.consecutiveFailures = self.real.consecutiveFailures
        saved.totals = self.real.totals
        saved.window = self.real.window.saved(shift: shift)
        saved.lastTrip = self.real.lastTrip.map { LastTrip(reason: $0.reason, at: $0.at.shifted(by: shift)) }
        self.real = Breaker(restoring: saved, policy: self.policy)
        self.model.restart(generation: generation, shift: shift)
        self.now += shift
        self.earlier = nil
    }
}

extension Instant {
    func shifted(by nanoseconds: Int64) -> Instant { Instant(nanoseconds: self.nanoseconds + nanoseconds) }
}

extension Phase {
    fileprivate func shifted(by nanoseconds: Int64) -> Phase {
        switch self {
        case .closed, .halfOpen:
            return self
        case .open(var opening):
            opening.until = opening.until.shifted(by: nanoseconds)
            return .open(opening)
        case .forced(var override):
            override.until = override.until?.shifted(by: nanoseconds)
            return .forced(override)
        }
    }
}

extension Window {
    /// Taken apart and put together again through what a store can keep.
    fileprivate func saved(shift: Int64) -> Window? {
        if let time = self.time {
            let length = Interval(nanoseconds: time.bucketNanoseconds * 10)
            return TimeWindow(
                length: length, origin: time.origin.shifted(by: shift), newest: time.newest,
                buckets: time.buckets, reporters: WindowReporters(words: time.reporters.words)
            ).map(Window.init(time:))
        }
        return self.count.map { count in
            var copy = CountWindow(capacity: count.capacity)
            for call in count.calls {
                copy.add(failed: call.failed, slow: call.slow, from: call.reporter)
            }
            return Window(count: copy)
        }
    }
}
