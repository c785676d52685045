// Coming back from disk.

import BreakerCore
import BreakerStore
import Synchronization

extension Engine {
    /// Puts the saved breakers into the table, each with the policy that is in effect now.
    func restore(_ loaded: borrowing LoadedState) {
        let anchor = loaded.anchor(now: self.clock.now(), wallMilliseconds: self.clock.wallMilliseconds())
        for record in loaded.breakers {
            let hash = self.table.hash(of: record.name)
            let policy = self.rules.effective(for: record.name, declared: record.declared)
            var saved = record.savedBreaker(anchor)
            saved.phase.startPermits(after: UInt64(loaded.epoch) * 1_000_000)
            let breaker = Breaker(restoring: saved, policy: policy)
            try? record.name.withNameBytes { bytes throws(EngineError) in
                try self.table.withShard(of: bytes) { shard, _ throws(EngineError) in
                    let slot = shard.insert(
                        Entry(
                            name: record.name, hash: hash, breaker: breaker,
                            policy: shard.position(of: policy), declared: record.declared,
                            revision: self.feed.revision))
                    if let deadline = shard.arm(slot) { self.alarm.arm(deadline) }
                }
            }
            self.breakerCount.add(1, ordering: .relaxed)
        }
    }
}

extension PolicyRules.State {
    init(_ loaded: borrowing LoadedState, filePolicies: [PolicyBook.Rule]) {
        self.init()
        self.revision = UInt64(loaded.policyRevision)
        self.book.replaceFileRules(filePolicies)
        for policy in loaded.policies {
            self.book.setOperatorRule(PolicyBook.Rule(match: policy.match, patch: policy.patch))
            self.signatures[policy.match.pattern] = PolicyRules.Signature(
                actor: policy.actor, note: policy.reason, wallMilliseconds: policy.atMilliseconds)
        }
    }
}

extension Phase {
    /// A clean restart keeps generations, so permits of the former run would come again; this run's numbers
    /// start beyond them.
    fileprivate mutating func startPermits(after number: UInt64) {
        guard case .halfOpen(let probation) = self else { return }
        self = .halfOpen(Probation(successes: probation.successes, lastNumber: number))
    }
}
