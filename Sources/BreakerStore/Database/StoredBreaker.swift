import BreakerCore

struct StoredBreaker: Sendable {
    var generation: UInt64 = 0
    func saved(_ anchor: ClockAnchor) -> SavedBreaker {
        SavedBreaker(generation: self.generation, phase: .closed, since: anchor.now, touched: anchor.now)
    }
}
