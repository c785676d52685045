// What clients ask about single calls: the hot path.

package import BreakerCore

/// A breaker's state as every reply about a call tells it.
package struct CallReply: Sendable {
    package let state: BreakerState
    package let generation: UInt64
}

extension Engine {
    /// Whether a call may pass.
    package func acquire(
        _ name: UnsafeRawBufferPointer, by reporter: Reporter, lease: Interval?, at now: Instant
    ) throws(EngineError) -> (verdict: Verdict, reply: CallReply) {
        try self.withBreaker(name, at: now) { shard, slot, _ throws(EngineError) in
            shard.change(slot) { entry, policy in
                let verdict = entry.breaker.acquire(by: reporter, lease: lease, at: now, policy: policy)
                return (verdict, entry.reply)
            }
        }
    }

    /// How one call ended.
    package func report(
        _ name: UnsafeRawBufferPointer, _ report: Report, from reporter: Reporter, at now: Instant
    ) throws(EngineError) -> CallReply {
        try self.take(name, at: now) { breaker, policy, jitter in
            breaker.report(report, from: reporter, at: now, policy: policy, jitter: jitter)
        } timing: { shard, slot in
            if let duration = report.duration {
                shard.count(
                    LatencyBucket(duration), 1, microseconds: UInt64(max(0, duration.nanoseconds)) / 1_000,
                    slot)
            }
        }
    }

    /// One element of a batch.
    ///
    /// - Parameter durations: how long its successes, failures and timeouts took, as far as it tells.
    package func report(
        _ name: UnsafeRawBufferPointer, _ batch: BatchReport, durations: UnsafeBufferPointer<DurationCount>,
        from reporter: Reporter, at now: Instant
    ) throws(EngineError) -> CallReply {
        try self.take(name, at: now) { breaker, policy, jitter in
            breaker.report(
                batch, durations: durations, from: reporter, at: now, policy: policy, jitter: jitter)
        } timing: { shard, slot in
            for duration in durations {
                let microseconds = duration.bucket.milliseconds * 1_000 * Double(duration.count)
                shard.count(
                    duration.bucket, duration.count, microseconds: UInt64(microseconds), slot)
            }
        }
    }

    /// Runs an event that may change the state, and sees to what follows.
    @inline(__always)
    private func take(
        _ name: UnsafeRawBufferPointer, at now: Instant,
        _ event: (inout Breaker, Policy, Breaker.JitterSeed?) -> Breaker.Transition?,
        timing: (inout Shard, Int) -> Void
    ) throws(EngineError) -> CallReply {
        try self.withBreaker(name, at: now) { shard, slot, hash throws(EngineError) in
            let (transition, reply) = shard.change(slot) { entry, policy in
                let transition = event(&entry.breaker, policy, self.jitter(hash))
                return (transition, entry.reply)
            }
            if let transition { self.settle(transition, slot, in: &shard, at: now) }
            timing(&shard, slot)
            return reply
        }
    }

    /// The state alone, for a batch that was counted before.
    package func look(_ name: UnsafeRawBufferPointer, at now: Instant) throws(EngineError) -> CallReply? {
        try self.table.withShard(of: name) { shard, hash throws(EngineError) in
            guard let slot = shard.find(name, hash: hash) else { return nil }
            self.elapse(slot, in: &shard, at: now)
            return shard.change(slot) { entry, _ in entry.reply }
        }
    }

    /// A probe's holder gives it back.
    package func release(
        _ name: UnsafeRawBufferPointer, _ permit: Permit, by session: SessionID, at now: Instant
    ) throws(EngineError) -> CallReply? {
        try self.table.withShard(of: name) { shard, hash throws(EngineError) in
            guard let slot = shard.find(name, hash: hash) else { return nil }
            self.elapse(slot, in: &shard, at: now)
            let reply = shard.change(slot) { entry, _ in
                _ = entry.breaker.release(permit, by: session, at: now)
                return entry.reply
            }
            shard.markDirty(slot)
            return reply
        }
    }

    /// The connection that held a probe ended.
    package func lose(_ permit: Permit, of name: String, by session: SessionID) {
        try? name.withNameBytes { bytes throws(EngineError) in
            try self.table.withShard(of: bytes) { shard, hash throws(EngineError) in
                guard let slot = shard.find(bytes, hash: hash) else { return }
                let lost = shard.change(slot) { entry, _ in entry.breaker.lose(permit, by: session) }
                if lost { shard.markDirty(slot) }
            }
        }
    }
}

extension Entry {
    @inline(__always)
    var reply: CallReply {
        CallReply(state: self.breaker.phase.state, generation: self.breaker.generation)
    }
}
