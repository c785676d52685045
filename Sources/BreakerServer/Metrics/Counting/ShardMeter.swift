import BreakerCore

/// What a shard keeps for metrics beside its breakers. Touched when a breaker comes, goes or changes its
/// state, and by calls only for how long they took.
struct ShardMeter: Sendable {
    /// A breaker that is shown under its own name.
    struct Label: Sendable {
        /// When it got its label: its counters count from then.
        let since: Instant
        var tally = BreakerTally()
    }

    /// By slot.
    private(set) var labels: [Int: Label] = [:]
    /// Of all breakers that have no label, together.
    private(set) var others = BreakerTally()
    private(set) var transitions: [RuledTransition: UInt64] = [:]
    /// How long calls of breakers took that had no label then.
    var durationsOfOthers = DurationTotals()
    /// When it was read last, in milliseconds: an event whose time was taken before that, but which came
    /// after, counts from then. Or what was shown would be taken back.
    private var readAt = Int64.min

    /// The moment in milliseconds that an event at `now` counts from.
    private func moment(_ now: Instant) -> Int64 { max(self.readAt, now.wholeMilliseconds) }

    /// A breaker is new here.
    mutating func add(_ breaker: Breaker, _ slot: Int, labelled: Bool, at now: Instant) {
        let moment = self.moment(now)
        guard labelled else { return self.others.join(breaker, at: moment) }
        var label = Label(since: now)
        label.tally.join(breaker, at: moment)
        self.labels[slot] = label
    }

    /// A breaker is about to be gone. Of one that had a label nothing is left.
    mutating func remove(_ breaker: Breaker, _ slot: Int, at now: Instant) {
        guard self.labels.removeValue(forKey: slot) == nil else { return }
        let moment = self.moment(now)
        self.others.leave(breaker, at: moment)
    }

    mutating func moved(
        _ slot: Int, _ transition: Breaker.Transition, _ rule: TransitionRule, at now: Instant
    ) {
        self.transitions[RuledTransition(to: transition.to, rule: rule), default: 0] += 1
        let moment = self.moment(now)
        if self.labels[slot]?.tally.move(from: transition.from, to: transition.to, at: moment) == nil {
            self.others.move(from: transition.from, to: transition.to, at: moment)
        }
    }

    /// Everything is about to be read, under the shard's lock.
    mutating func willRead(at now: Instant) -> Int64 {
        self.readAt = self.moment(now)
        return self.readAt
    }
}

extension Instant {
    /// Rounded down.
    var wholeMilliseconds: Int64 { self.nanoseconds / 1_000_000 }
}
