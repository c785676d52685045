// Policies: who asked for what, what is in effect, and how a change reaches the breakers.

package import BreakerCore
import BreakerStore
import Synchronization

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
        do throws(EngineError) {
            try self.policyOrder.withLock { _ throws(EngineError) in
                try self.change(command, completion: completion)
            }
        } catch {
            completion(.failure(error))
        }
    }

    private func change(
        _ command: PolicyCommand, completion: @escaping @Sendable (Result<PolicyReply, EngineError>) -> Void
    ) throws(EngineError) {
        let anchor = self.clock.anchor()
        let revision = try self.rules.change { state throws(EngineError) in
            try state.apply(
                command, limit: self.settings.maximumPolicies, wallMilliseconds: anchor.wallMilliseconds)
        }
        let reply = PolicyReply(revision: revision, matched: self.countMatches(command.match))
        if command.isDryRun { return completion(.success(reply)) }
        self.adoptPolicies(matching: command.match)
        self.store.commit(CommandRecord(command, revision: revision, anchor: anchor)) { result in
            switch result {
            case .success:
                try? self.rules.change { state throws(EngineError) in state.saved(revision) }
                completion(.success(reply))
            case .failure(let error):
                try? self.rules.change { state throws(EngineError) in state.failed(revision) }
                self.adoptPolicies(matching: command.match)
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

    /// What is in effect for a name, known or not, and where each field comes from, as `write` puts it:
    /// always the same function, since what it made is kept.
    func effectivePolicy(for name: String, _ write: PolicyRules.Writer) throws(EngineError) -> [UInt8] {
        let declared = try name.withNameBytes { bytes throws(EngineError) in
            try self.table.withShard(of: bytes) { shard, hash throws(EngineError) in
                shard.find(bytes, hash: hash).flatMap { shard.entries[$0]?.pointee.declared }
            }
        }
        return self.rules.text(for: name, declared: declared, write)
    }

    /// A client's own wish for a breaker; the last one counts.
    package func declare(
        _ name: String, _ patch: PolicyPatch, at now: Instant
    ) throws(EngineError) -> BreakerView {
        try self.withBreaker(named: name, at: now) { shard, slot, _ throws(EngineError) in
            if shard.entries[slot]?.pointee.declared != patch {
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

    /// Resolves policies anew: of all breakers, or of those that a changed rule matches. The rules change
    /// first: a breaker that is created meanwhile either sees the new rules or is there when its slot is
    /// visited.
    func adoptPolicies(matching match: Glob? = nil) {
        for index in 0..<BreakerTable.shardCount {
            var position: Int? = 0
            while let first = position {
                self.table.withShard(index) { shard in
                    position = self.adoptPolicies(from: first, matching: match, in: &shard)
                }
            }
        }
        self.policyChanges.add(1, ordering: .releasing)
    }

    /// A part of a shard, so that nobody waits long for its lock. Where to go on; nil: this was all.
    private func adoptPolicies(from first: Int, matching match: Glob?, in shard: inout Shard) -> Int? {
        let end = min(first + 256, shard.entries.count)
        for slot in first..<end {
            guard let name = shard.entries[slot]?.pointee.name, match?.matches(name) ?? true else { continue }
            self.adoptPolicy(slot, in: &shard)
        }
        guard end == shard.entries.count else { return end }
        shard.compactPolicies()
        return nil
    }

    private func adoptPolicy(_ slot: Int, in shard: inout Shard) {
        guard let entry = shard.entries[slot]?.pointee else { return }
        let policy = self.rules.effective(for: entry.name, declared: entry.declared)
        guard shard.setPolicy(policy, of: slot) else { return }
        shard.change(slot) { entry, policy in entry.breaker.adopt(policy) }
    }

    private func countMatches(_ match: Glob) -> Int {
        var count = 0
        self.table.forEachShard { shard in
            for slot in shard.entries.indices {
                guard let entry = shard.entries[slot], match.matches(entry.pointee.name) else { continue }
                count += 1
            }
        }
        return count
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
        let earlier = self.standing(command.match)
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
        changed.unsaved.append(
            PolicyRules.Unsaved(revision: changed.revision, match: command.match, earlier: earlier))
        self = changed
        return changed.revision
    }

    private func standing(_ match: Glob) -> PolicyRules.Earlier? {
        self.book.operatorRules.firstIndex { $0.match == match }.map { position in
            PolicyRules.Earlier(
                rule: self.book.operatorRules[position], position: position,
                signature: self.signatures[match.pattern])
        }
    }

    /// A change is on disk.
    fileprivate mutating func saved(_ revision: UInt64) {
        self.unsaved.removeAll { $0.revision == revision }
    }

    /// A change could not be saved: the rule becomes what it was, unless a later change of the same rule
    /// still waits, which would then be undone to that.
    fileprivate mutating func failed(_ revision: UInt64) {
        guard let index = self.unsaved.firstIndex(where: { $0.revision == revision }) else { return }
        let failed = self.unsaved.remove(at: index)
        self.revision += 1
        if let later = self.unsaved.indices.first(where: {
            $0 >= index && self.unsaved[$0].match == failed.match
        }) {
            self.unsaved[later].earlier = failed.earlier
            return
        }
        _ = self.book.removeOperatorRule(match: failed.match)
        if let earlier = failed.earlier {
            self.book.restoreOperatorRule(earlier.rule, at: earlier.position)
        }
        self.signatures[failed.match.pattern] = failed.earlier?.signature
    }
}
