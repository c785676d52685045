import BreakerClient

/// Whose calls are in trouble, for people.
struct InstanceWords {
    let title: String
    let shares: [InstanceShare]
    /// "failures" or "slow calls".
    private let kind: String
    private let count: (InstanceShare) -> Int

    /// Those of the window; while that is empty, as it is in an open breaker, those behind its opening. Nil
    /// where there is nobody to name.
    init?(_ status: BreakerStatus, _ opening: Opening?, clock: Clock) {
        let isOfWindow = !status.instances.isEmpty
        guard let shares = isOfWindow ? status.instances : opening?.reason.instances, !shares.isEmpty else {
            return nil
        }
        self.shares = shares
        let time = opening.map { clock.dateAndTime($0.at) } ?? ""
        self.title = isOfWindow ? "Instances in trouble" : "Instances behind the opening at \(time)"
        let isSlow =
            isOfWindow
            ? shares.allSatisfy { $0.failures == 0 } : opening?.reason.rule == .slowCallRate
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
