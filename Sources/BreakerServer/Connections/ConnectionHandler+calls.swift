// The hot path: requests about calls, from the line's own bytes to the reply's.

import BreakerCore
import BreakerWire
import NIOCore
import Synchronization

extension ConnectionHandler {
    /// Answers the lines at the beginning of `input`, as long as they are of the usual shape and the output
    /// is not full.
    ///
    /// - Parameter first: the length of the first line with its line feed.
    /// - Returns: how many bytes of the input were answered.
    func answerHotLines(_ input: ByteBuffer, first: Int, at now: Instant) -> Int {
        // Taken out of the handler meanwhile: as its member it would be guarded at every access.
        var output = ByteBuffer()
        swap(&output, &self.output)
        var counts = HotCounts()
        // Held once: all event loops would fight over its reference count at every line.
        let engine = self.service.engine
        let answered = input.withUnsafeReadableBytes { bytes in
            var row = HotRow(bytes, first: first, limits: self.service.wireLimits)
            while row.hasLine, output.readableBytes < ConnectionHandler.flushBytes {
                self.answer(&row, with: engine, into: &output, counting: &counts, at: now)
            }
            return bytes.count - row.rest.count
        }
        swap(&output, &self.output)
        self.session.hot.add(counts)
        return answered
    }

    /// The same, timed until the replies are with the kernel. Out of line: one read in 64 comes here.
    @inline(never)
    func answerTimed(_ input: ByteBuffer, first: Int, at now: Instant) -> Int {
        let began = NIODeadline.now()
        let answered = self.answerHotLines(input, first: first, at: now)
        self.flush()
        self.service.readTimes.add(NIODeadline.now() - began)
        return answered
    }

    /// Answers one batch, or a number of other lines.
    private func answer(
        _ row: inout HotRow, with engine: Engine, into output: inout ByteBuffer,
        counting counts: inout HotCounts, at now: Instant
    ) {
        if row.line.operation == .reportBatch {
            counts.report += 1
            self.report(row.line, with: engine, into: &output, at: now)
            return row.advance()
        }
        var failure: EngineError?
        // Nearly every reply is shorter than its request, so this has room for all.
        let room = HotReplies.mostBytes(row.line.id) + min(row.rest.count, ConnectionHandler.flushBytes)
        output.append(atMost: room) { replies in
            failure = self.answerCalls(&row, with: engine, into: &replies, counting: &counts, at: now)
        }
        if let failure {
            self.replyError(WireError(failure), toHot: row.line.id, into: &output)
            row.advance()
        }
    }

    /// Answers lines up to a batch or to where there is no more room. Gives what is wrong with the row's
    /// line, if it cannot be done.
    private func answerCalls(
        _ row: inout HotRow, with engine: Engine, into replies: inout ByteAppender,
        counting counts: inout HotCounts, at now: Instant
    ) -> EngineError? {
        while row.hasLine, row.line.operation != .reportBatch,
            replies.room >= HotReplies.mostBytes(row.line.id)
        {
            do throws(EngineError) {
                try self.answer(row.line, with: engine, into: &replies, counting: &counts, at: now)
            } catch {
                return error
            }
            row.advance()
        }
        return nil
    }

    @inline(__always)
    private func answer(
        _ line: borrowing HotLine, with engine: Engine, into replies: inout ByteAppender,
        counting counts: inout HotCounts, at now: Instant
    ) throws(EngineError) {
        switch line.operation {
        case .acquire:
            counts.acquire += 1
            try self.acquire(
                line.breaker, lease: line.lease, id: line.id, with: engine, into: &replies, at: now)
        case .report:
            counts.report += 1
            try self.report(
                line.breaker, line.report, id: line.id, with: engine, into: &replies, at: now)
        case .release:
            counts.release += 1
            guard let permit = line.permit else { preconditionFailure("a release names its permit") }
            try self.release(line.breaker, permit, id: line.id, with: engine, into: &replies, at: now)
        case .ping:
            counts.ping += 1
            self.ping(id: line.id, with: engine, into: &replies)
        case .reportBatch:
            preconditionFailure("batches are answered one by one")
        }
    }

    /// One line of any kind, its line feed taken off.
    func handle(_ line: UnsafeRawBufferPointer, at now: Instant) {
        switch RequestParser.parse(line, limits: self.service.wireLimits) {
        case .blank:
            break
        case .request(let request, let id):
            guard !self.refusesLine else {
                return self.replyError(WireError(.draining, "the daemon is stopping"), to: id)
            }
            self.tally.count(request.operation)
            self.handle(request, id: id, at: now)
        case .failure(let error, let id):
            self.replyError(error, to: id)
        }
    }

    func ping(id: UnsafeRawBufferPointer, with engine: Engine, into replies: inout ByteAppender) {
        let wall = engine.clock.wallMilliseconds()
        HotReplies.ping(nowMilliseconds: wall, id: id, into: &replies)
    }

    /// The permit, if it is a probe's.
    @discardableResult
    func acquire(
        _ breaker: UnsafeRawBufferPointer, lease: Interval?, id: UnsafeRawBufferPointer,
        with engine: Engine, into replies: inout ByteAppender, at now: Instant
    ) throws(EngineError) -> Permit? {
        let (verdict, reply) = try engine.acquire(
            breaker, by: self.reporter, lease: lease, at: now)
        HotReplies.acquire(
            verdict, state: reply.state, generation: reply.generation, id: id, into: &replies)
        guard case .probe(let permit, _) = verdict else { return nil }
        self.hold(permit, of: breaker)
        return permit
    }

    func report(
        _ breaker: UnsafeRawBufferPointer, _ report: Report, id: UnsafeRawBufferPointer,
        with engine: Engine, into replies: inout ByteAppender, at now: Instant
    ) throws(EngineError) {
        let reply = try engine.report(breaker, report, from: self.reporter, at: now)
        if let permit = report.permit { self.drop(permit, of: breaker) }
        HotReplies.outcome(state: reply.state, generation: reply.generation, id: id, into: &replies)
    }

    func release(
        _ breaker: UnsafeRawBufferPointer, _ permit: Permit, id: UnsafeRawBufferPointer,
        with engine: Engine, into replies: inout ByteAppender, at now: Instant
    ) throws(EngineError) {
        let reply = try engine.release(breaker, permit, by: self.session.id, at: now)
        guard let reply else { throw .unknownBreaker(String(decoding: breaker, as: UTF8.self)) }
        self.drop(permit, of: breaker)
        HotReplies.outcome(state: reply.state, generation: reply.generation, id: id, into: &replies)
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

    func replyError(
        _ error: WireError, toHot id: UnsafeRawBufferPointer, into output: inout ByteBuffer
    ) {
        self.tally.count(error.code)
        output.writeError(error, toHot: id)
    }
}
