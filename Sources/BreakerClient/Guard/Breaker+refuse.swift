// Refusals that the daemon does not know of yet: they are counted, and told with the next batch.

import BreakerCore

extension Breaker {
    /// The error of a call that the mirror refuses at once; nil: it takes a closer look.
    @usableFromInline
    func refuseAtOnce() -> (any Error)? {
        guard case .open(let period) = self.cell.gate.verdict else { return nil }
        let now = self.clock.now
        guard self.signals.isFresh(at: now) else { return nil }
        guard let refusal = self.cell.ledger.refused(during: period, at: now) else { return nil }
        self.wake(refusal.urgency)
        return refusal.error
    }

    /// The same, the first time that a thread meets this period.
    func refuse(_ period: OpenPeriod, at now: Instant) -> any Error {
        let refusal = self.cell.ledger.refused(during: period, at: now)
        self.wake(refusal.urgency)
        return refusal.error
    }

    /// Any other refusal.
    func refuse(_ reason: RefusalReason, retryAfter: Duration?) -> BreakerOpen {
        let urgency = self.cell.ledger.rejected(
            generation: self.cell.knownGeneration, at: self.clock.now)
        self.wake(urgency)
        return BreakerOpen(breaker: self.name, reason: reason, retryAfter: retryAfter)
    }
}
