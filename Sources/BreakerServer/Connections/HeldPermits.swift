import BreakerCore

/// The probes that one connection holds, to hand their slots back when it ends.
///
/// Leases that run out and verdicts of others end permits without this connection's doing. Such permits are
/// let go of when the same breaker grants one of a newer generation, and for all breakers whenever there are
/// twice as many as were really held the last time: bounded by twice what the daemon grants at once.
struct HeldPermits {
    private static let leastToPrune = 64

    private var permits: [String: [Permit]] = [:]
    private(set) var count = 0
    private var pruneAt = HeldPermits.leastToPrune

    mutating func hold(_ permit: Permit, of breaker: String) {
        var held = self.permits[breaker] ?? []
        self.count -= held.count
        held.removeAll { $0.generation < permit.generation }
        held.append(permit)
        self.count += held.count
        self.permits[breaker] = held
    }

    mutating func drop(_ permit: Permit, of breaker: String) {
        guard var held = self.permits[breaker], let index = held.firstIndex(of: permit) else { return }
        held.remove(at: index)
        self.count -= 1
        self.permits[breaker] = held.isEmpty ? nil : held
    }

    /// Whether `prune` is due.
    var wantsPruning: Bool { self.count >= self.pruneAt }

    /// Lets go of the permits that have ended.
    mutating func prune(keeping isHeld: (Permit, String) -> Bool) {
        for (breaker, held) in self.permits {
            let left = held.filter { isHeld($0, breaker) }
            self.count -= held.count - left.count
            self.permits[breaker] = left.isEmpty ? nil : left
        }
        self.pruneAt = max(HeldPermits.leastToPrune, 2 * self.count)
    }

    /// All of them, and forgets them.
    mutating func takeAll() -> [(breaker: String, permit: Permit)] {
        defer { self = HeldPermits() }
        return self.permits.flatMap { breaker, permits in permits.map { (breaker, $0) } }
    }
}
