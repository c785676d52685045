// An operator's commands: applied at once, durable before they are answered, undone if the disk refuses.

package import BreakerCore
import BreakerStore
import Synchronization

extension Engine {
    /// Carries a command out. `completion` is called once, on this thread or on the store's: with the
    /// breaker's state when the command is on disk, or with what is wrong, and then nothing of it is in
    /// force.
    package func perform(
        _ command: OperatorCommand, at now: Instant,
        completion: @escaping @Sendable (Result<CallReply, EngineError>) -> Void
    ) {
        let applied: Applied?
        do throws(EngineError) {
            applied = try self.apply(command, at: now)
        } catch {
            return completion(.failure(error))
        }
        guard let applied else { return self.answerUnchanged(command.breaker, completion: completion) }
        self.store.commit(applied.record) { result in
            switch result {
            case .success:
                self.unsaved.saved(command.breaker, generation: applied.reply.generation)
                completion(.success(applied.reply))
            case .failure(let error):
                self.undo(applied.reply.generation, of: command.breaker)
                completion(.failure(.storageUnavailable(error.explanation)))
            }
        }
    }

    /// Nothing to clear, nothing to save; but what cleared it before may still wait for the disk.
    private func answerUnchanged(
        _ name: String, completion: @escaping @Sendable (Result<CallReply, EngineError>) -> Void
    ) {
        let reply = Result { () throws(EngineError) in try self.reply(of: name) }
        guard self.unsaved.waits(name) else { return completion(reply) }
        Task {
            let isSaved = await self.store.flush()
            completion(isSaved ? reply : .failure(.storageUnavailable("the disk fails")))
        }
    }

    /// What a command did.
    private struct Applied: Sendable {
        let reply: CallReply
        let record: CommandRecord
    }

    /// Nil where the command changes nothing.
    private func apply(_ command: OperatorCommand, at now: Instant) throws(EngineError) -> Applied? {
        // Nothing is made only to find that there is nothing to clear.
        if command.clearsOverride, command.expectedGeneration ?? 0 == 0,
            try self.look(command.breaker, at: now) == nil
        {
            return nil
        }
        return try self.withBreaker(
            named: command.breaker, at: now, expecting: command.expectedGeneration
        ) { shard, slot, hash throws(EngineError) in
            guard let earlier = shard.entries[slot]?.pointee.breaker else { return nil }
            let outcome = shard.change(slot) { entry, policy in
                Result { () throws(EngineError) in
                    try entry.breaker.perform(command, at: now, policy: policy, jitter: self.jitter(hash))
                }
            }
            guard let transition = try outcome.get() else { return nil }
            shard.meter.moved(slot, transition, TransitionRule(transition), at: now)
            self.publish(slot, in: &shard, reason: transition.reason)
            self.transitionCount.add(1, ordering: .relaxed)
            guard let entry = shard.entries[slot]?.pointee else { return nil }
            self.unsaved.add(entry.name, generation: entry.breaker.generation, earlier: earlier)
            return Applied(
                reply: entry.reply,
                record: self.record(of: command, transition: transition, entry: entry))
        }
    }

    private func record(
        of command: OperatorCommand, transition: Breaker.Transition, entry: Entry
    ) -> CommandRecord {
        let anchor = self.clock.anchor()
        return CommandRecord(
            .breaker(name: entry.name, entry.breaker, declared: entry.declared),
            history: HistoryEvent(command, transition, of: entry, at: anchor), anchor: anchor)
    }

    /// The breaker as it is; one that does not exist is closed at generation 0.
    private func reply(of name: String) throws(EngineError) -> CallReply {
        try self.look(name, at: self.clock.now()) ?? CallReply(state: .closed, generation: 0)
    }

    private func look(_ name: String, at now: Instant) throws(EngineError) -> CallReply? {
        try name.withNameBytes { bytes throws(EngineError) in try self.look(bytes, at: now) }
    }

    /// Takes a command back whose commit failed, unless something newer has replaced it.
    private func undo(_ generation: UInt64, of name: String) {
        let now = self.clock.now()
        try? self.withBreaker(named: name, at: now) { shard, slot, _ throws(EngineError) in
            guard let earlier = self.unsaved.failed(name, generation: generation),
                shard.entries[slot]?.pointee.breaker.generation == generation
            else { return }
            let transition = shard.change(slot) { entry, _ in entry.breaker.revert(to: earlier, at: now) }
            self.settle(transition, slot, in: &shard, at: now, rule: .undone)
        }
    }
}

extension Breaker {
    /// Nil: the command changes nothing.
    fileprivate mutating func perform(
        _ command: OperatorCommand, at now: Instant, policy: Policy, jitter: JitterSeed?
    ) throws(EngineError) -> Transition? {
        let (actor, note) = (command.actor, command.note)
        do throws(Breaker.Refused) {
            switch command.action {
            case .override(.some(let mode), let ttl):
                let override = Override(mode, until: ttl.map { now + $0 }, actor: actor, note: note)
                return self.force(override, at: now)
            case .override(.none, _):
                return self.clearOverride(actor: actor, note: note, at: now)
            case .trip(let length):
                return try self.trip(
                    for: length, actor: actor, note: note, at: now, policy: policy, jitter: jitter)
            case .reset:
                return try self.reset(actor: actor, note: note, at: now)
            }
        } catch {
            switch error {
            case .overridden(let override): throw .overridden(override)
            }
        }
    }
}
