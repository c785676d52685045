// Opening: for how long, and what waiting callers are told.

extension Breaker {
    /// Varies open times so that breakers that tripped together do not all probe together. Nil: no variation,
    /// for tests under a manual clock.
    package typealias JitterSeed = UInt64

    mutating func open(
        because reason: TripReason, for length: Interval, at now: Instant
    ) -> Transition {
        self.lastTrip = LastTrip(reason: reason, at: now)
        return self.move(to: .open(Opening(until: now + length, length: length)), at: now, reason: reason)
    }

    /// `open_for` × `open_multiplier` ^ failed recoveries, at most `open_max`, then ± jitter.
    func openLength(_ policy: Policy, jitter seed: JitterSeed?) -> Interval {
        let ceiling = Double(max(policy.openMax, policy.openFor).nanoseconds)
        var length = Double(policy.openFor.nanoseconds)
        for _ in 0..<self.backoff where length < ceiling {
            length *= policy.openMultiplier
        }
        length = min(length, ceiling)
        if let seed {
            length *= 1 + policy.openJitter * Breaker.unit(seed ^ self.generation)
        }
        return Interval(rounding: max(1, length))
    }

    /// What the next refused caller is told: never earlier than the deadline, up to a tenth of the open time
    /// later, spread by the golden ratio so that any number of callers is spread evenly.
    static func retryAfter(_ opening: Opening, at now: Instant) -> Interval {
        let turns = Double(opening.refused) * 0.618_033_988_749_894_9
        let spread = Double(opening.length.nanoseconds) / 10 * (turns - turns.rounded(.down))
        return max(.zero, opening.until - now) + Interval(rounding: spread.rounded(.down))
    }

    /// -1…1 from a seed: one step of SplitMix64 (Steele, Lea, Flood 2014).
    private static func unit(_ seed: UInt64) -> Double {
        var bits = seed &+ 0x9e37_79b9_7f4a_7c15
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        bits ^= bits >> 31
        return Double(bits >> 11) / Double(1 << 52) - 1
    }
}
