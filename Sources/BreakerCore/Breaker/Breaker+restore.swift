/// A breaker as it was saved, its instants already moved to this run's monotonic clock.
package struct SavedBreaker: Sendable {
    package var generation: UInt64
    package var phase: Phase
    package var since: Instant
    package var touched: Instant
    package var backoff: UInt8 = 0
    package var consecutiveFailures: UInt32 = 0
    package var totals = Totals()
    package var window: Window?
    package var lastTrip: LastTrip?

    package init(generation: UInt64, phase: Phase, since: Instant, touched: Instant) {
        self.generation = generation
        self.phase = phase
        self.since = since
        self.touched = touched
    }
}

extension Breaker {
    /// Comes back from disk: half-open returns without outstanding probes; a window of another shape than the
    /// policy's is dropped.
    package init(restoring saved: SavedBreaker, policy: Policy) {
        self.init(generation: saved.generation, policy: policy, at: saved.since)
        self.phase = saved.phase.withoutProbes
        self.touched = saved.touched
        self.backoff = saved.backoff
        self.consecutiveFailures = saved.consecutiveFailures
        self.totals = saved.totals
        self.lastTrip = saved.lastTrip
        if let window = saved.window, window.has(policy.window) { self.window = window }
    }
}
