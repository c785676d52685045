// Policies: who asked for what, what is in effect, and how a change reaches the breakers.

package import BreakerCore
import BreakerStore

/// One rule with where it comes from.
package struct PolicyRuleView: Sendable {
    package let rule: PolicyBook.Rule
    package let source: PolicyBook.Source
    package let actor: String?
    package let note: String?
    package let wallMilliseconds: Int64?
}

/// A change of an operator's rule.
package struct PolicyCommand: Sendable {
    package var match: Glob
    /// Nil: delete the rule.
    package var patch: PolicyPatch?
    package var actor: String?
    package var note: String?
    package var expectedRevision: UInt64?
    /// Only say what it would reach.
    package var isDryRun = false

    package init(match: Glob, patch: PolicyPatch?, actor: String?, note: String?, expectedRevision: UInt64?) {
        self.match = match
        self.patch = patch
        self.actor = actor
        self.note = note
        self.expectedRevision = expectedRevision
    }
}

package struct PolicyReply: Sendable {
    package let revision: UInt64
    /// Breakers there are now that the pattern matches.
    package let matched: Int
}

extension Engine {
    /// Sets or deletes an operator's rule, durable before `completion` is called; undone if the disk refuses.
    package func perform(
        _ command: PolicyCommand, completion: @escaping @Sendable (Result<PolicyReply, EngineError>) -> Void
    ) {
        let before = self.rules.current
        let anchor = self.clock.anchor()
        let revision: UInt64
        do throws(EngineError) {
            revision = try self.rules.change { state throws(EngineError) in
                try state.apply(command, limit: self.settings.maximumPolicies, wallMilliseconds: anchor.wallMilliseconds)
            }
        } catch {
            return completion(.failure(error))
        }
        let reply = PolicyReply(revision: revision, matched: self.countMatches(command.match))
        if command.isDryRun { return completion(.success(reply)) }
        self.adoptPolicies()
        self.store.commit(CommandRecord(command, revision: revision, anchor: anchor)) { result in
            switch result {
            case .success:
                completion(.success(reply))
            case .failure(let error):
                self.restoreRule(command.match, from: before)
                completion(.failure(.storageUnavailable(error.explanation)))
            }
        }
    }

    /// Every rule, the operators' first, with the revision they stand at.
    package func policies() -> (revision: UInt64, rules: [PolicyRuleView]) {
        let state = self.rules.current
        let operatorRules = state.book.operatorRules.map { rule in
            let signature = state.signatures[rule.match.pattern]
            return PolicyRuleView(
                rule: rule, source: .operator, actor: signature?.actor, note: signature?.note,
                wallMilliseconds: signature?.wallMilliseconds)
        }
        let fileRules = state.book.fileRules.map {
            PolicyRuleView(rule: $0, source: .file, actor: nil, note: nil, wallMilliseconds: nil)
        }
        return (state.revision, operatorRules + fileRules)
    }

    /// What is in effect for a name, known or not, and where each field comes from.
    package func effectivePolicy(
        for name: String
    ) throws(EngineError) -> (policy: Policy, origins: [PolicyField: PolicyBook.Origin]) {
        let declared = try name.withNameBytes { bytes throws(EngineError) in
            try self.table.withShard(of: bytes) { shard, hash throws(EngineError) in
                shard.find(bytes, hash: hash).flatMap { shard.entries[$0]?.declared }
            }
        }
        let book = self.rules.current.book
        return (book.effective(for: name, declared: declared), book.origins(for: name, declared: declared))
    }

    /// A client's own wish for a breaker; the last one counts.
    package func declare(
        _ name: String, _ patch: PolicyPatch, at now: Instant
    ) throws(EngineError) -> BreakerView {
        try self.withBreaker(named: name, at: now) { shard, slot, _ throws(EngineError) in
            if shard.entries[slot]?.declared != patch {
                shard.change(slot) { entry, _ in entry.declared = patch.isEmpty ? nil : patch }
                self.adoptPolicy(slot, in: &shard)
                self.persist(slot, in: &shard, history: nil)
            }
            guard let view = shard.view(slot) else { throw .unknownBreaker(name) }
            return view
        }
    }

    /// The file was read again.
    package func replaceFilePolicies(_ rules: [PolicyBook.Rule]) {
        try? self.rules.change { state throws(EngineError) in state.book.replaceFileRules(rules) }
        self.adoptPolicies()
    }

    /// Resolves every breaker's policy anew. The rules change first: a breaker that is created meanwhile either sees
    /// the new rules or is there when its shard is visited.
    func adoptPolicies() {
        self.table.forEachShard { shard in
            for slot in shard.entries.indices where shard.entries[slot] != nil {
                self.adoptPolicy(slot, in: &shard)
            }
            shard.compactPolicies()
        }
    }

    private func adoptPolicy(_ slot: Int, in shard: inout Shard) {
        guard let entry = shard.entries[slot] else { return }
        let policy = self.rules.effective(for: entry.name, declared: entry.declared)
        let position = shard.position(of: policy)
        guard position != entry.policy else { return }
        shard.change(slot) { entry, _ in
            entry.policy = position
            entry.breaker.adopt(policy)
        }
    }

    private func countMatches(_ match: Glob) -> Int {
        var count = 0
        self.table.forEachShard { shard in
            for case let entry? in shard.entries where match.matches(entry.name) { count += 1 }
        }
        return count
    }

    /// Puts back what a rule was before a command that could not be saved.
    private func restoreRule(_ match: Glob, from before: PolicyRules.State) {
        try? self.rules.change { state throws(EngineError) in
            _ = state.book.removeOperatorRule(match: match)
            if let rule = before.book.operatorRules.first(where: { $0.match == match }) {
                state.book.setOperatorRule(rule)
            }
            state.signatures[match.pattern] = before.signatures[match.pattern]
            state.revision += 1
        }
        self.adoptPolicies()
    }
}

extension PolicyRules.State {
    /// Gives the revision that the command leads to; a dry run is checked in full and changes nothing.
    fileprivate mutating func apply(
        _ command: PolicyCommand, limit: Int, wallMilliseconds: Int64
    ) throws(EngineError) -> UInt64 {
        if let expected = command.expectedRevision, expected != self.revision {
            throw .policyRevisionConflict(expected: expected, actual: self.revision)
        }
        var changed = self
        let pattern = command.match.pattern
        if let patch = command.patch {
            changed.book.setOperatorRule(PolicyBook.Rule(match: command.match, patch: patch))
            guard changed.book.operatorRules.count <= limit else { throw .tooManyPolicies(limit: limit) }
            changed.signatures[pattern] = PolicyRules.Signature(
                actor: command.actor, note: command.note, wallMilliseconds: wallMilliseconds)
        } else {
            guard changed.book.removeOperatorRule(match: command.match) else {
                throw .unknownPolicy(match: pattern)
            }
            changed.signatures[pattern] = nil
        }
        guard !command.isDryRun else { return self.revision }
        changed.revision += 1
        self = changed
        return changed.revision
    }
}
