// Coming back from disk.

import BreakerCore
import BreakerStore
import Dispatch
import Synchronization

extension Engine {
    /// What is the same for every breaker that comes back.
    private struct Terms: Sendable {
        let anchor: ClockAnchor
        let book: PolicyBook
        /// No permit of this run has a number up to this.
        let permitsAfter: UInt64
        let revision: UInt64
    }

    /// Breakers that one thread puts back in a go.
    private static let restoredPart = 4_096

    /// Puts the saved breakers into the table, each with the policy that is in effect now; on every core,
    /// since nobody is served before all are back.
    func restore(_ loaded: borrowing LoadedState) {
        let terms = Terms(
            anchor: loaded.anchor(now: self.clock.now(), wallMilliseconds: self.clock.wallMilliseconds()),
            book: self.rules.current.book, permitsAfter: UInt64(loaded.epoch) * 1_000_000,
            revision: self.feed.revision)
        let breakers = loaded.breakers
        self.table.forEachShard { $0.reserve(breakers.count / BreakerTable.shardCount) }
        let parts = stride(from: 0, to: breakers.count, by: Engine.restoredPart)
        DispatchQueue.concurrentPerform(iterations: parts.underestimatedCount) { part in
            let first = part * Engine.restoredPart
            for record in breakers[first..<min(first + Engine.restoredPart, breakers.count)] {
                self.restore(record, terms)
            }
        }
        self.breakerCount.add(breakers.count, ordering: .relaxed)
        self.reviewLabels()
        self.labels.restored(breakers.count)
    }

    private func restore(_ record: LoadedState.LoadedBreaker, _ terms: Terms) {
        let policy = terms.book.effective(for: record.name, declared: record.declared)
        var saved = record.savedBreaker(terms.anchor)
        saved.phase.startPermits(after: terms.permitsAfter)
        let breaker = Breaker(restoring: saved, policy: policy)
        let hash = self.table.hash(of: record.name)
        self.table.withShard(of: hash) { shard in
            let slot = shard.insert(
                Entry(
                    name: record.name, hash: hash, breaker: breaker, policy: shard.position(of: policy),
                    declared: record.declared, revision: terms.revision))
            self.meter(new: slot, labelled: false, in: &shard, at: terms.anchor.now)
            if let deadline = shard.arm(slot) { self.alarm.arm(deadline) }
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
