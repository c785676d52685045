// What the daemon hands to the store. Plain values: making one and enqueueing it never waits for the disk.

package import BreakerCore

/// A breaker as it is to be on disk.
package enum BreakerChange: Sendable {
    /// The whole breaker and what its clients declared.
    case present(Breaker, declared: PolicyPatch?)
    /// Idle and let go of, at this generation: its row goes, and no later breaker starts at or below it.
    case forgotten(generation: UInt64)

    var generation: UInt64 {
        switch self {
        case .present(let breaker, _): breaker.generation
        case .forgotten(let generation): generation
        }
    }
}

/// An automatic change of one breaker, committed at once.
package struct ChangeRecord: Sendable {
    package var name: String
    package var change: BreakerChange
    package var history: HistoryEvent?
    package var anchor: ClockAnchor

    package init(name: String, change: BreakerChange, history: HistoryEvent?, anchor: ClockAnchor) {
        self.name = name
        self.change = change
        self.history = history
        self.anchor = anchor
    }
}

/// One breaker whose window or totals moved since the last flush.
package struct CounterRecord: Sendable {
    package var name: String
    package var breaker: Breaker
    package var declared: PolicyPatch?
    /// Of the breaker's window.
    let latency: RecordedLatency

    /// - Parameter latency: nil: no duration is known.
    package init(
        name: String, breaker: Breaker, declared: PolicyPatch?, latency: LatencyPercentiles? = nil
    ) {
        self.name = name
        self.breaker = breaker
        self.declared = declared
        self.latency = RecordedLatency(latency)
    }
}

/// The last batch number taken from an instance; on disk together with the counts of that batch.
package struct InstanceSequence: Hashable, Sendable {
    package var instance: String
    /// 1…2^53-1; nil: the instance is forgotten.
    package var sequence: UInt64?

    package init(instance: String, sequence: UInt64?) {
        self.instance = instance
        self.sequence = sequence
    }
}

/// One rule that an operator set over the wire.
package struct PolicyRecord: Hashable, Sendable {
    package var match: Glob
    package var patch: PolicyPatch
    package var actor: String?
    package var reason: String?
    /// Wall time, milliseconds since 1970.
    package var atMilliseconds: Int64

    package init(match: Glob, patch: PolicyPatch, actor: String?, reason: String?, atMilliseconds: Int64) {
        self.match = match
        self.patch = patch
        self.actor = actor
        self.reason = reason
        self.atMilliseconds = atMilliseconds
    }
}

/// An operator's command: on disk whole before its reply, or dropped whole.
package struct CommandRecord: Sendable {
    package enum Effect: Sendable {
        /// `override`, `trip`, `reset`: the breaker as it is after the command.
        case breaker(name: String, Breaker, declared: PolicyPatch?)
        /// Replaces the rule of the same pattern and becomes the latest. `revision`: the policies' new one.
        case policySet(PolicyRecord, revision: Int64)
        case policyDelete(match: Glob, revision: Int64)
    }

    package var effect: Effect
    package var history: HistoryEvent
    package var anchor: ClockAnchor

    package init(_ effect: Effect, history: HistoryEvent, anchor: ClockAnchor) {
        self.effect = effect
        self.history = history
        self.anchor = anchor
    }
}
