import BreakerClient

/// Whose calls are in trouble, for people.
struct InstanceWords {
    /// Those of the window; while that is empty, as it is in an open breaker, those behind the last trip.
    let title: String
    let shares: [InstanceShare]
    /// "failures" or "slow calls".
    private let kind: String
    private let count: (InstanceShare) -> Int

    /// Nil where there is nobody to name.
    init?(_ status: BreakerStatus) {
        let trip = status.lastTrip?.reason
        let isOfTrip = status.instances.isEmpty
        self.title = isOfTrip ? "Instances behind the last trip" : "Instances in trouble"
        self.shares = isOfTrip ? trip?.instances ?? [] : status.instances
        guard !self.shares.isEmpty else { return nil }
        let isSlow =
            isOfTrip ? trip?.rule == .slowCallRate : self.shares.allSatisfy { $0.failures == 0 }
        self.kind = isSlow ? "slow calls" : "failures"
        self.count = isSlow ? \.slow : \.failures
    }

    /// "67 % of failures: 2 of its 3 calls".
    func words(of share: InstanceShare) -> String {
        let count = self.count(share)
        let part = count == 0 ? "none" : count.grouped
        return
            "\(Percent.words(share.share)) of \(self.kind): \(part) of its \(share.calls.of("call"))"
    }
}
