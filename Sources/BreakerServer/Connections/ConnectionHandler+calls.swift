// The hot path: requests about calls, from the line's own bytes to the reply's.

import BreakerCore
import BreakerWire
import NIOCore
import Synchronization

extension ConnectionHandler {
    /// One line, its line feed taken off.
    func handle(_ line: UnsafeRawBufferPointer, at now: Instant) {
        switch RequestParser.parse(line, limits: self.service.wireLimits) {
        case .blank:
            break
        case .hot(let request, let id):
            guard !self.refusesLine else { return self.refuseDraining(to: id) }
            self.handle(request, id: id, at: now)
        case .request(let request, let id):
            guard !self.refusesLine else { return id.withBytes { self.refuseDraining(to: $0) } }
            self.tally.count(request.operation)
            self.handle(request, id: id, at: now)
        case .failure(let error, let id):
            self.replyError(error, to: id)
        }
    }

    private func handle(_ request: HotRequest, id: UnsafeRawBufferPointer, at now: Instant) {
        switch request {
        case .ping:
            self.tally.count(.ping)
            self.ping(id: id)
        case .acquire(let breaker, let lease):
            self.tally.count(.acquire)
            self.acquire(breaker, lease: lease, id: id, at: now)
        case .report(let breaker, let report):
            self.tally.count(.report)
            self.report(breaker, report, id: id, at: now)
        case .reportBatch(let sequence, let elements):
            self.tally.count(.report)
            let isNew = self.takes(sequence)
            var reply = BatchReply(
                sequence: sequence, isDuplicate: !isNew, id: id, into: &self.output)
            for element in elements {
                self.report(element.breaker, element.report, isNew: isNew, to: &reply, at: now)
            }
            reply.finish(into: &self.output)
        case .release(let breaker, let permit):
            self.tally.count(.release)
            self.release(breaker, permit, id: id, at: now)
        }
    }

    func ping(id: UnsafeRawBufferPointer) {
        let wall = self.service.engine.clock.wallMilliseconds()
        HotReplies.ping(nowMilliseconds: wall, id: id, into: &self.output)
    }

    func acquire(
        _ breaker: UnsafeRawBufferPointer, lease: Interval?, id: UnsafeRawBufferPointer, at now: Instant
    ) {
        do throws(EngineError) {
            let (verdict, reply) = try self.service.engine.acquire(
                breaker, by: self.session.id, lease: lease, at: now)
            if case .probe(let permit, _) = verdict { self.hold(permit, of: breaker) }
            HotReplies.acquire(
                verdict, state: reply.state, generation: reply.generation, id: id, into: &self.output)
        } catch {
            self.replyError(WireError(error), toHot: id)
        }
    }

    func report(
        _ breaker: UnsafeRawBufferPointer, _ report: Report, id: UnsafeRawBufferPointer, at now: Instant
    ) {
        do throws(EngineError) {
            let reply = try self.service.engine.report(breaker, report, from: self.reporter, at: now)
            if let permit = report.permit { self.drop(permit, of: breaker) }
            HotReplies.outcome(state: reply.state, generation: reply.generation, id: id, into: &self.output)
        } catch {
            self.replyError(WireError(error), toHot: id)
        }
    }

    func release(
        _ breaker: UnsafeRawBufferPointer, _ permit: Permit, id: UnsafeRawBufferPointer, at now: Instant
    ) {
        do throws(EngineError) {
            let reply = try self.service.engine.release(breaker, permit, by: self.session.id, at: now)
            guard let reply else { throw .unknownBreaker(String(decoding: breaker, as: UTF8.self)) }
            self.drop(permit, of: breaker)
            HotReplies.outcome(state: reply.state, generation: reply.generation, id: id, into: &self.output)
        } catch {
            self.replyError(WireError(error), toHot: id)
        }
    }

    // MARK: Batches

    /// One element. One that cannot be counted does not stop the others: its result says why.
    func report(
        _ breaker: UnsafeRawBufferPointer, _ report: BatchReport, isNew: Bool, to reply: inout BatchReply,
        at now: Instant
    ) {
        let engine = self.service.engine
        do throws(EngineError) {
            let outcome =
                isNew
                ? try engine.report(breaker, report, from: self.reporter, at: now)
                : try engine.look(breaker, at: now)
            guard let outcome else { throw .unknownBreaker(String(decoding: breaker, as: UTF8.self)) }
            reply.append(
                breaker: breaker, state: outcome.state, generation: outcome.generation, into: &self.output)
        } catch {
            let error = WireError(error)
            self.tally.count(error.code)
            reply.append(breaker: breaker, error: error, into: &self.output)
        }
    }

    /// Whether a batch is to be counted: it has no sequence, or a higher one than the instance's last.
    func takes(_ sequence: UInt64?) -> Bool {
        guard let sequence else { return true }
        if let instance = self.instance {
            return self.service.engine.instances.take(sequence, from: instance)
        }
        guard sequence > self.lastSequence else { return false }
        self.lastSequence = sequence
        return true
    }

    // MARK: Permits

    private func hold(_ permit: Permit, of breaker: UnsafeRawBufferPointer) {
        self.permits.hold(permit, of: String(decoding: breaker, as: UTF8.self))
        guard self.permits.wantsPruning else { return }
        self.permits.prune { self.service.engine.isHeld($0, of: $1, by: self.session.id) }
    }

    private func drop(_ permit: Permit, of breaker: UnsafeRawBufferPointer) {
        self.permits.drop(permit, of: String(decoding: breaker, as: UTF8.self))
    }

    // MARK: Errors

    func replyError(_ error: WireError, to id: RequestID) {
        self.tally.count(error.code)
        self.output.writeError(error, to: id)
    }

    private func replyError(_ error: WireError, toHot id: UnsafeRawBufferPointer) {
        self.tally.count(error.code)
        self.output.writeError(error, toHot: id)
    }

    private func refuseDraining(to id: UnsafeRawBufferPointer) {
        self.replyError(WireError(.draining, "the daemon is stopping"), toHot: id)
    }
}
