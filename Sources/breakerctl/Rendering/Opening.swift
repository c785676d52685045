import BreakerClient

/// When and why a breaker opened.
struct Opening: Hashable, Sendable {
    let reason: BreakerReason
    let at: WallTime

    init?(_ trip: BreakerStatus.LastTrip?) {
        guard let trip else { return nil }
        (self.reason, self.at) = (trip.reason, trip.at)
    }

    /// The first since the breaker was last closed, if it was opened anew since. Nil where it was not, or
    /// where the first is out of reach.
    ///
    /// - Parameters:
    ///   - events: of that breaker alone, the latest first.
    ///   - isWhole: nothing happened before them.
    init?(firstIn events: [HistoryEvent], isWhole: Bool) {
        let sinceLast = events.drop { !$0.isOpening }
        let outage = sinceLast.prefix { $0.to != .closed }
        guard isWhole || outage.endIndex < events.endIndex,
            let first = outage.last(where: \.isOpening), first.id != outage.first?.id,
            let reason = first.reason
        else { return nil }
        (self.reason, self.at) = (reason, first.at)
    }
}

extension HistoryEvent {
    fileprivate var isOpening: Bool { self.to == .open && self.reason != nil }
}

extension BreakerReason {
    /// Whether the breaker may have been open before, for a reason of its own.
    var mayOpenAnew: Bool { [.probeFailed, .probeExpired, .operator].contains(self.rule) }
}
