import BreakerCore

/// The probes that one connection holds, to hand their slots back when it ends.
///
/// Bounded by what the daemon grants: a breaker's newer permits push out those of an older generation, which have
/// ended with it.
struct HeldPermits {
    private var permits: [String: [Permit]] = [:]
    private(set) var count = 0

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

    /// All of them, and forgets them.
    mutating func takeAll() -> [(breaker: String, permit: Permit)] {
        defer { self = HeldPermits() }
        return self.permits.flatMap { breaker, permits in permits.map { (breaker, $0) } }
    }
}
