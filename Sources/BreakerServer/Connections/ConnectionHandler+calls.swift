// The hot path: requests about calls, from the line's own bytes to the reply's.

import BreakerCore
import BreakerWire
import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension ConnectionHandler {
    /// Answers the lines that come next, as long as they are of the usual shape and the output is not full.
    ///
    /// - Parameter first: the length of the next line with its line feed.
    /// - Returns: how many bytes of the input were answered.
    func answerHotLines(first: Int, at now: Instant) -> Int {
        // Taken out of the handler meanwhile: as its member it would be guarded at every access.
        var output = ByteBuffer()
        swap(&output, &self.output)
        var line = HotLine(limits: self.service.wireLimits)
        var counts = HotCounts()
        let answered = self.input.withUnsafeReadableBytes { bytes in
            self.answer(bytes, first: first, with: &line, into: &output, counting: &counts, at: now)
        }
        swap(&output, &self.output)
        self.session.hot.add(counts)
        return answered
    }

    private func answer(
        _ bytes: UnsafeRawBufferPointer, first: Int, with line: inout HotLine, into output: inout ByteBuffer,
        counting counts: inout HotCounts, at now: Instant
    ) -> Int {
        let limit = self.service.wireLimits.lineBytes
        var rest = bytes
        var next: Int? = first
        while let length = next, length <= limit, line.read(UnsafeRawBufferPointer(rebasing: rest[..<length]))
        {
            self.answer(line, into: &output, counting: &counts, at: now)
            rest = UnsafeRawBufferPointer(rebasing: rest[length...])
            next = output.readableBytes < ConnectionHandler.flushBytes ? rest.lineLength : nil
        }
        return bytes.count - rest.count
    }

    @inline(__always)
    private func answer(
        _ line: borrowing HotLine, into output: inout ByteBuffer, counting counts: inout HotCounts,
        at now: Instant
    ) {
        switch line.operation {
        case .acquire:
            counts.acquire += 1
            self.acquire(line.breaker, lease: line.lease, id: line.id, into: &output, at: now)
        case .report:
            counts.report += 1
            self.report(line.breaker, line.report, id: line.id, into: &output, at: now)
        case .reportBatch:
            counts.report += 1
            self.report(line, into: &output, at: now)
        case .release:
            counts.release += 1
            guard let permit = line.permit else { preconditionFailure("a release names its permit") }
            self.release(line.breaker, permit, id: line.id, into: &output, at: now)
        case .ping:
            counts.ping += 1
            self.ping(id: line.id, into: &output)
        }
    }

    private func report(_ line: borrowing HotLine, into output: inout ByteBuffer, at now: Instant) {
        let isNew = self.takes(line.sequence)
        var reply = BatchReply(sequence: line.sequence, isDuplicate: !isNew, id: line.id, into: &output)
        for element in line.elements {
            self.report(
                element.breaker, element.report, isNew: isNew, to: &reply, into: &output, at: now)
        }
        reply.finish(into: &output)
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

    func ping(id: UnsafeRawBufferPointer, into output: inout ByteBuffer) {
        let wall = self.service.engine.clock.wallMilliseconds()
        HotReplies.ping(nowMilliseconds: wall, id: id, into: &output)
    }

    func acquire(
        _ breaker: UnsafeRawBufferPointer, lease: Interval?, id: UnsafeRawBufferPointer,
        into output: inout ByteBuffer, at now: Instant
    ) {
        do throws(EngineError) {
            let (verdict, reply) = try self.service.engine.acquire(
                breaker, by: self.session.id, lease: lease, at: now)
            if case .probe(let permit, _) = verdict { self.hold(permit, of: breaker) }
            HotReplies.acquire(
                verdict, state: reply.state, generation: reply.generation, id: id, into: &output)
        } catch {
            self.replyError(WireError(error), toHot: id, into: &output)
        }
    }

    func report(
        _ breaker: UnsafeRawBufferPointer, _ report: Report, id: UnsafeRawBufferPointer,
        into output: inout ByteBuffer, at now: Instant
    ) {
        do throws(EngineError) {
            let reply = try self.service.engine.report(breaker, report, from: self.reporter, at: now)
            if let permit = report.permit { self.drop(permit, of: breaker) }
            HotReplies.outcome(state: reply.state, generation: reply.generation, id: id, into: &output)
        } catch {
            self.replyError(WireError(error), toHot: id, into: &output)
        }
    }

    func release(
        _ breaker: UnsafeRawBufferPointer, _ permit: Permit, id: UnsafeRawBufferPointer,
        into output: inout ByteBuffer, at now: Instant
    ) {
        do throws(EngineError) {
            let reply = try self.service.engine.release(breaker, permit, by: self.session.id, at: now)
            guard let reply else { throw .unknownBreaker(String(decoding: breaker, as: UTF8.self)) }
            self.drop(permit, of: breaker)
            HotReplies.outcome(state: reply.state, generation: reply.generation, id: id, into: &output)
        } catch {
            self.replyError(WireError(error), toHot: id, into: &output)
        }
    }

    // MARK: Batches

    /// One element. One that cannot be counted does not stop the others: its result says why.
    func report(
        _ breaker: UnsafeRawBufferPointer, _ report: BatchReport, isNew: Bool, to reply: inout BatchReply,
        into output: inout ByteBuffer, at now: Instant
    ) {
        let engine = self.service.engine
        do throws(EngineError) {
            let outcome =
                isNew
                ? try engine.report(breaker, report, from: self.reporter, at: now)
                : try engine.look(breaker, at: now)
            guard let outcome else { throw .unknownBreaker(String(decoding: breaker, as: UTF8.self)) }
            reply.append(
                breaker: breaker, state: outcome.state, generation: outcome.generation, into: &output)
        } catch {
            let error = WireError(error)
            self.tally.count(error.code)
            reply.append(breaker: breaker, error: error, into: &output)
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

    private func replyError(
        _ error: WireError, toHot id: UnsafeRawBufferPointer, into output: inout ByteBuffer
    ) {
        self.tally.count(error.code)
        output.writeError(error, toHot: id)
    }
}

extension UnsafeRawBufferPointer {
    /// The length of the first line with its line feed; nil: there is none.
    var lineLength: Int? {
        guard let start = self.baseAddress, let feed = memchr(start, 0x0A, self.count) else { return nil }
        return UnsafeRawPointer(feed) - start + 1
    }
}
