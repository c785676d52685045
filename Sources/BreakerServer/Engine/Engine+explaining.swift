// What is behind a trip: instances by name, and traces of calls in trouble. Off the hot path: few calls are
// traced, and trips are rare.

package import BreakerCore

extension Engine {
    /// Notes the trace of a probe that was admitted just now.
    package func note(_ trace: TraceID, of permit: Permit, _ name: String, at now: Instant) {
        try? self.withBreaker(named: name, at: now) { shard, slot, _ throws(EngineError) in
            shard.note([trace], slot, generation: permit.generation, probe: permit.number, at: now)
        }
    }

    /// Notes the trace of a call that is about to be reported, if it may be behind a trip.
    package func note(_ trace: TraceID, of report: Report, _ name: String, at now: Instant) {
        try? self.withBreaker(named: name, at: now) { shard, slot, _ throws(EngineError) in
            let isInTrouble = shard.change(slot) { _, policy in
                report.outcome.isFailure || Breaker.isSlow(report.duration, policy: policy)
            }
            guard isInTrouble, report.outcome != .ignored else { return }
            shard.note(
                [trace], slot, generation: report.permit?.generation ?? report.generation,
                probe: report.permit?.number, at: now)
        }
    }

    /// Notes the traces that an element of a batch names, before it is reported.
    package func note(_ traces: [TraceID], of batch: BatchReport, _ name: String, at now: Instant) {
        guard batch.failure > 0 || batch.timeout > 0 || batch.slow > 0 else { return }
        try? self.withBreaker(named: name, at: now) { shard, slot, _ throws(EngineError) in
            shard.note(traces, slot, generation: batch.generation, probe: nil, at: now)
        }
    }

    /// Names the instances and the traces behind a trip, in the breaker and in what is told of it.
    func explain(
        _ transition: Breaker.Transition, _ slot: Int, in shard: inout Shard, at now: Instant
    ) -> Breaker.Transition {
        let recent = shard.traces.removeValue(forKey: slot)
        guard transition.to == .open, let reason = transition.reason else { return transition }
        return shard.change(slot) { entry, policy in
            let traces = recent?.behind(
                reason, ending: entry.breaker.generation - 1, window: policy.window, at: now)
            guard !reason.instances.isEmpty || traces?.isEmpty == false else { return transition }
            let explained = reason.naming(self.instanceNames.naming(reason.instances)).naming(traces ?? [])
            entry.breaker.explain(explained)
            return Breaker.Transition(from: transition.from, to: transition.to, reason: explained)
        }
    }
}

extension Shard {
    /// - Parameter generation: that the call counts in; nil: the present one.
    fileprivate mutating func note(
        _ traces: [TraceID], _ slot: Int, generation: UInt64?, probe: UInt64?, at now: Instant
    ) {
        guard let present = self.entries[slot]?.pointee.breaker.generation,
            generation ?? present == present
        else { return }
        for trace in traces {
            self.traces[slot, default: RecentTraces(generation: present)]
                .note(trace, of: present, probe: probe, at: now)
        }
    }
}
