// Every other request, and the hot ones in a shape that `HotLine` leaves alone.

import BreakerCore
import BreakerStore
import BreakerWire
import NIOCore
import Synchronization

extension ConnectionHandler {
    func handle(_ request: Request, id: RequestID, at now: Instant) {
        let engine = self.service.engine
        switch request {
        case .hello(let hello): self.hello(hello, id: id)
        case .ping:
            self.answer(id) { id, replies in self.ping(id: id, with: engine, into: &replies) }
        case .acquire(let acquire):
            self.answer(acquire.breaker, id) { name, id, replies throws(EngineError) in
                let permit = try self.acquire(
                    name, lease: acquire.lease, id: id, with: engine, into: &replies, at: now)
                if let permit, let trace = acquire.trace {
                    engine.note(trace, of: permit, acquire.breaker, at: now)
                }
            }
        case .report(let single):
            if let trace = single.trace { engine.note(trace, of: single.report, single.breaker, at: now) }
            self.answer(single.breaker, id) { name, id, replies throws(EngineError) in
                try self.report(name, single.report, id: id, with: engine, into: &replies, at: now)
            }
        case .reportBatch(let batch): self.report(batch, id: id, with: engine, at: now)
        case .release(let release):
            self.answer(release.breaker, id) { name, id, replies throws(EngineError) in
                try self.release(
                    name, release.permit, id: id, with: engine, into: &replies, at: now)
            }
        case .declare(let declare): self.declare(declare, id: id, at: now)
        case .watch(let watch): self.watch(watch, id: id)
        case .unwatch(let unwatch): self.unwatch(unwatch.watch, id: id)
        case .get(let breaker): self.get(breaker, id: id)
        case .list(let list): self.list(list, id: id)
        case .history(let history): self.history(history, id: id)
        case .minutes(let minutes): self.minutes(minutes, id: id)
        case .summary(let summary): self.summary(summary, id: id)
        case .override(let command): self.perform(OperatorCommand(command), id: id, at: now)
        case .trip(let command): self.perform(OperatorCommand(command), id: id, at: now)
        case .reset(let command): self.perform(OperatorCommand(command), id: id, at: now)
        case .policySet(let command): self.perform(PolicyCommand(command), id: id)
        case .policyDelete(let command): self.perform(PolicyCommand(command), id: id)
        case .policyList: self.policyList(id: id)
        case .policyGet(let breaker): self.policyGet(breaker, id: id)
        case .sessions: self.sessions(id: id)
        case .stats:
            self.addUp()
            let moment = Moment(self.service.engine.clock)
            self.reply(to: id) { $0.stats(of: self.service, at: moment) }
        case .clockAdvance(let interval): self.advanceClock(by: interval, id: id)
        case .backupBegin: self.backupBegin(id: id)
        case .backupRead(let part): self.backupRead(part, id: id)
        case .backupEnd(let backup): self.backupEnd(backup, id: id)
        }
    }

    func reply(to id: RequestID, _ members: (inout JSONWriter) -> Void) {
        self.output.writeReply(to: id, members)
    }

    /// Answers with what the engine gives, or with its refusal.
    private func reply<Value>(
        to id: RequestID, _ value: () throws(EngineError) -> Value,
        _ members: (inout JSONWriter, Value) -> Void
    ) {
        do throws(EngineError) {
            let value = try value()
            self.reply(to: id) { members(&$0, value) }
        } catch {
            self.replyError(WireError(error), to: id)
        }
    }

    /// Answers as a hot line is answered.
    private func answer(
        _ breaker: String, _ id: RequestID,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, inout ByteAppender) throws(EngineError) ->
            Void
    ) {
        var failure: EngineError?
        self.answer(id) { id, replies in
            do throws(EngineError) {
                try breaker.withNameBytes { name throws(EngineError) in try body(name, id, &replies) }
            } catch {
                failure = error
            }
        }
        if let failure { self.replyError(WireError(failure), to: id) }
    }

    private func answer(
        _ id: RequestID, _ body: (UnsafeRawBufferPointer, inout ByteAppender) -> Void
    ) {
        id.withBytes { bytes in
            self.output.append(atMost: HotReplies.mostBytes(bytes)) { replies in body(bytes, &replies) }
        }
    }

    // MARK: Sessions

    private func hello(_ hello: Request.Hello, id: RequestID) {
        self.session.client.withLock { $0 = hello.client }
        self.instance = hello.client.instance
        if let instance = hello.client.instance { self.service.engine.instanceNames.note(instance) }
        self.reporter.instance = ReporterID(
            instance: hello.client.instance ?? "\(self.service.epoch).\(self.session.label)")
        self.reply(to: id) { reply in
            reply.field("protocol", 1)
            reply.field("server", "breakerd/\(BreakerdVersion.current)")
            reply.field("epoch", self.service.epoch)
            reply.field("session", self.session.label)
            reply.field("heartbeat_ms", self.service.heartbeatMs)
            reply.object("limits") { limits in
                limits.field("line_bytes", self.service.wireLimits.lineBytes)
                limits.field("name_bytes", WireLimits.nameBytes)
                limits.field("batch", self.service.wireLimits.batch)
            }
        }
    }

    private func sessions(id: RequestID) {
        let now = self.service.engine.clock.now()
        // What this read counted so far is otherwise added only when it ends.
        self.addUp()
        let permits = self.service.engine.permitsBySession()
        self.reply(to: id) { reply in
            reply.array("sessions") { list in
                for session in self.service.sessions.all {
                    list.element {
                        $0.fields(
                            of: session, permits: permits[session.id] ?? 0, isSelf: session === self.session,
                            at: now)
                    }
                }
            }
        }
    }

    // MARK: Calls

    private func declare(_ declare: Request.Declare, id: RequestID, at now: Instant) {
        let engine = self.service.engine
        self.reply(to: id) { () throws(EngineError) in
            try engine.declare(declare.breaker, declare.policy, at: now)
        } _: { reply, view in
            reply.field("state", view.breaker.state.rawValue)
            reply.field("generation", view.breaker.generation)
            reply.field("policy", view.policy)
        }
    }

    // MARK: Reading

    private func get(_ breaker: String, id: RequestID) {
        let moment = Moment(self.service.engine.clock)
        self.reply(to: id) { () throws(EngineError) in
            try self.service.engine.view(breaker)
        } _: { reply, view in
            let names = self.service.engine.instanceNames
            reply.allFields(
                of: view, shares: names.naming(view.breaker.shares(at: moment.now)),
                refused: names.naming(view.breaker.refused), at: moment)
        }
    }

    private func list(_ list: Request.List, id: RequestID) {
        let moment = Moment(self.service.engine.clock)
        let page = self.service.engine.list(
            match: list.match, state: list.state, after: list.cursor, limit: list.limit)
        self.reply(to: id) { reply in
            reply.array("breakers") { breakers in
                for view in page.views { breakers.element { $0.fields(of: view, at: moment) } }
            }
            if page.more { reply.field("cursor", page.views.last?.name) } else { reply.null("cursor") }
        }
    }

    private func history(_ history: Request.History, id: RequestID) {
        let query = HistoryQuery(
            breaker: history.breaker, before: history.before.map(Int64.init), limit: history.limit)
        let done = self.whenDone(weight: ConnectionHandler.historyWeight) {
            (connection, result: Result<[HistoryEvent], StoreError>) in
            switch result {
            case .success(let events):
                connection.reply(to: id) { reply in
                    reply.array("events") { list in
                        for event in events { list.element { $0.fields(of: event) } }
                    }
                }
            case .failure(let error):
                connection.replyError(WireError(.storageUnavailable, error.explanation), to: id)
            }
        }
        self.service.store.history(query, completion: done)
    }

    // MARK: Operator's commands

    private func perform(_ command: OperatorCommand, id: RequestID, at now: Instant) {
        let done = self.whenDone { (connection, result: Result<CallReply, EngineError>) in
            connection.reply(to: id, result.get) { reply, state in
                reply.field("state", state.state.rawValue)
                reply.field("generation", state.generation)
            }
        }
        self.service.engine.perform(command, at: now, completion: done)
    }

    private func perform(_ command: PolicyCommand, id: RequestID) {
        let isDryRun = command.isDryRun
        let done = self.whenDone { (connection, result: Result<PolicyReply, EngineError>) in
            connection.reply(to: id, result.get) { reply, outcome in
                reply.field("revision", outcome.revision)
                reply.field("matched", outcome.matched)
                reply.field("dry_run", isDryRun)
            }
        }
        self.service.engine.perform(command, completion: done)
    }

    private func policyList(id: RequestID) {
        let policies = self.service.engine.policies()
        self.reply(to: id) { reply in
            reply.field("revision", policies.revision)
            reply.array("policies") { list in
                for rule in policies.rules { list.element { $0.fields(of: rule) } }
            }
        }
    }

    private func policyGet(_ breaker: String, id: RequestID) {
        self.reply(to: id) { () throws(EngineError) in
            try self.service.engine.effectivePolicy(for: breaker, JSONWriter.members)
        } _: { reply, effective in
            reply.field("breaker", breaker)
            reply.members(effective)
        }
    }

    // MARK: Tests

    private func advanceClock(by interval: Interval, id: RequestID) {
        guard self.service.engine.clock.isManual, let eventLoop = self.context?.eventLoop else {
            return self.replyError(
                WireError(.unknownOp, "clock.advance works under --manual-clock only", field: "op"), to: id)
        }
        self.service.engine.advance(by: interval)
        let done = self.whenDone { (connection, now: Int64) in
            connection.reply(to: id) { $0.field("now_ms", now) }
        }
        let now = self.service.engine.clock.wallMilliseconds()
        self.service.heartbeatByHand(on: eventLoop).whenComplete { _ in done(now) }
    }
}

extension OperatorCommand {
    fileprivate init(_ command: Request.OverrideCommand) {
        self.init(
            breaker: command.breaker, action: .override(command.mode, ttl: command.ttl),
            actor: command.by.actor,
            note: command.by.reason, expectedGeneration: command.ifGeneration)
    }

    fileprivate init(_ command: Request.TripCommand) {
        self.init(
            breaker: command.breaker, action: .trip(for: command.length), actor: command.by.actor,
            note: command.by.reason, expectedGeneration: command.ifGeneration)
    }

    fileprivate init(_ command: Request.ResetCommand) {
        self.init(
            breaker: command.breaker, action: .reset, actor: command.by.actor, note: command.by.reason,
            expectedGeneration: command.ifGeneration)
    }
}

extension PolicyCommand {
    fileprivate init(_ command: Request.PolicySet) {
        self.init(
            match: command.match, patch: command.policy, actor: command.by.actor, note: command.by.reason,
            expectedRevision: command.ifRevision)
        self.isDryRun = command.dryRun
    }

    fileprivate init(_ command: Request.PolicyDelete) {
        self.init(
            match: command.match, patch: nil, actor: command.by.actor, note: command.by.reason,
            expectedRevision: command.ifRevision)
        self.isDryRun = command.dryRun
    }
}
