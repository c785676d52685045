// Batches: the outcomes of many calls in one line.

import BreakerCore
import BreakerWire
import NIOCore

extension ConnectionHandler {
    /// Room for results that is reserved at once, at most: more would be held for nothing where names are
    /// short.
    private static let resultBytes = 16_384

    /// A batch as it lies in its line.
    func report(
        _ line: borrowing HotLine, with engine: Engine, into output: inout ByteBuffer, at now: Instant
    ) {
        let isNew = self.takes(line.sequence)
        var reply = BatchReply(sequence: line.sequence, isDuplicate: !isNew, id: line.id, into: &output)
        line.durations.withUnsafeBufferPointer { durations in
            self.report(
                line.elements, durations, isNew: isNew, with: engine, to: &reply, into: &output, at: now)
        }
        reply.finish(into: &output)
    }

    private func report(
        _ elements: [HotLine.Element], _ durations: UnsafeBufferPointer<DurationCount>, isNew: Bool,
        with engine: Engine, to reply: inout BatchReply, into output: inout ByteBuffer, at now: Instant
    ) {
        var next = 0
        while next < elements.count {
            var failure: EngineError?
            let room = min((elements.count - next) * 64, ConnectionHandler.resultBytes)
            output.append(atMost: BatchReply.mostBytes + room) { results in
                while next < elements.count, failure == nil, results.room >= BatchReply.mostBytes {
                    do throws(EngineError) {
                        try self.report(
                            elements[next].breaker, elements[next].report,
                            UnsafeBufferPointer(rebasing: durations[elements[next].durations]), isNew: isNew,
                            with: engine, to: &reply, into: &results, at: now)
                    } catch {
                        failure = error
                    }
                    next += 1
                }
            }
            if let failure {
                self.tell(failure, of: elements[next - 1].breaker, to: &reply, into: &output)
            }
        }
    }

    /// A batch that the strict parser has read.
    func report(_ batch: Request.ReportBatch, id: RequestID, with engine: Engine, at now: Instant) {
        let isNew = self.takes(batch.sequence)
        id.withBytes { bytes in
            var reply = BatchReply(
                sequence: batch.sequence, isDuplicate: !isNew, id: bytes, into: &self.output)
            for element in batch.elements {
                if isNew, !element.traces.isEmpty {
                    engine.note(element.traces, of: element.report, element.breaker, at: now)
                }
                var name = element.breaker
                name.withUTF8 { name in
                    let name = UnsafeRawBufferPointer(name)
                    var failure: EngineError?
                    self.output.append(atMost: BatchReply.mostBytes) { results in
                        element.durations.withUnsafeBufferPointer { durations in
                            do throws(EngineError) {
                                try self.report(
                                    name, element.report, durations, isNew: isNew, with: engine, to: &reply,
                                    into: &results, at: now)
                            } catch {
                                failure = error
                            }
                        }
                    }
                    if let failure { self.tell(failure, of: name, to: &reply, into: &self.output) }
                }
            }
            reply.finish(into: &self.output)
        }
    }

    /// One element.
    @inline(__always)
    private func report(
        _ breaker: UnsafeRawBufferPointer, _ report: BatchReport,
        _ durations: UnsafeBufferPointer<DurationCount>, isNew: Bool, with engine: Engine,
        to reply: inout BatchReply, into results: inout ByteAppender, at now: Instant
    ) throws(EngineError) {
        let outcome =
            isNew
            ? try engine.report(breaker, report, durations: durations, from: self.reporter, at: now)
            : try engine.look(breaker, at: now)
        guard let outcome else { throw .unknownBreaker(String(decoding: breaker, as: UTF8.self)) }
        reply.append(
            breaker: breaker, state: outcome.state, generation: outcome.generation, into: &results)
    }

    /// An element that cannot be counted does not stop the others: its result says why.
    private func tell(
        _ failure: EngineError, of breaker: UnsafeRawBufferPointer, to reply: inout BatchReply,
        into output: inout ByteBuffer
    ) {
        let error = WireError(failure)
        self.tally.count(error.code)
        reply.append(breaker: breaker, error: error, into: &output)
    }

    /// Whether a batch is to be counted: it has no sequence, or a higher one than the instance's last.
    private func takes(_ sequence: UInt64?) -> Bool {
        guard let sequence else { return true }
        if let instance = self.instance {
            return self.service.engine.instances.take(sequence, from: instance)
        }
        guard sequence > self.lastSequence else { return false }
        self.lastSequence = sequence
        return true
    }
}
