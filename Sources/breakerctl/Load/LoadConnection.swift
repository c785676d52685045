// One connection of a load. All that came with one read is answered by one write, so that a pipeline costs
// the daemon as few reads as it costs us.

import BreakerClient
import Foundation
import NIOCore

/// Asks what comes next as soon as a slot is free and, in an open loop, a request is due.
final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Far more than any reply to what is asked.
    private static let mostLineBytes = 1_048_576

    /// Which of all the connections it is, from 0.
    let position: Int
    private(set) var slots: LoadSlots
    /// Requests sent so far; in an open loop the next one is that of this turn.
    private(set) var turns = 0
    private let worker: LoadWorker
    private var walk: LoadWalk
    /// Fulfilled when the daemon has answered `hello`; nil from then on.
    private var ready: EventLoopPromise<Void>?
    private var context: ChannelHandlerContext?
    private var incoming = ByteBuffer()
    private var outgoing = ByteBuffer()

    init(position: Int, plan: LoadPlan, worker: LoadWorker, ready: EventLoopPromise<Void>) {
        self.position = position
        self.slots = LoadSlots(count: plan.pipeline)
        self.walk = LoadWalk(plan, position: position)
        self.worker = worker
        self.ready = ready
    }

    // MARK: For the worker

    /// Sends whatever may be sent now.
    func fill(at now: NIODeadline) {
        while !self.slots.isFull, let started = self.worker.nextStart(of: self, at: now) {
            let (operation, breaker) = self.walk.next()
            let slot = self.slots.begin(operation, at: started)
            self.worker.lines.append(operation, breaker: breaker, slot: slot, to: &self.outgoing)
            self.turns += 1
        }
        self.flush()
    }

    func close() {
        self.context?.close(promise: nil)
    }

    private func flush() {
        guard let context = self.context, self.outgoing.readableBytes > 0 else { return }
        context.writeAndFlush(self.wrapOutboundOut(self.outgoing), promise: nil)
        // The same memory again, unless the socket was full and it is still to be sent.
        self.outgoing.clear()
    }

    // MARK: From the channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.fail(.lost("a connection ended"))
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        self.outgoing.writeString(self.worker.hello)
        self.flush()
        context.eventLoop.assumeIsolated().scheduleTask(in: self.worker.patience) {
            if self.ready != nil { self.fail(.silent(Duration(self.worker.patience))) }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        if self.incoming.readableBytes > 0 {
            self.incoming.writeBuffer(&bytes)
            swap(&bytes, &self.incoming)
        }
        let now = NIODeadline.now()
        let used = bytes.withUnsafeReadableBytes { self.takeLines(of: $0, at: now) }
        bytes.moveReaderIndex(forwardBy: used)
        // What was read is let go of, so that the next read can use its memory again.
        self.incoming = bytes.readableBytes > 0 ? bytes : ByteBuffer()
        if self.incoming.readableBytes > LoadConnection.mostLineBytes { self.fail(.unreadable) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        if self.ready == nil { self.fill(at: now) }
        self.worker.endIfDone(at: now)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.fail(.lost("it closed a connection"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.fail(.lost(Host.describe(error)))
        context.close(promise: nil)
    }

    /// Takes whole lines and returns how many bytes they were.
    private func takeLines(of bytes: UnsafeRawBufferPointer, at now: NIODeadline) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        var used = 0
        while let feed = memchr(base + used, Int32(UInt8(ascii: "\n")), bytes.count - used) {
            let end = UnsafeRawPointer(feed) - base
            self.take(UnsafeRawBufferPointer(rebasing: bytes[used..<end]), at: now)
            used = end + 1
        }
        return used
    }

    private func take(_ line: UnsafeRawBufferPointer, at now: NIODeadline) {
        switch LoadReply(line) {
        case .answer(let slot, let refused):
            if let ready = self.ready {
                self.ready = nil
                self.worker.add(self)
                ready.succeed()
            } else if let request = self.slots.end(slot) {
                self.worker.answered(request, refused: refused, at: now)
            } else {
                self.fail(.unreadable)
            }
        case .failure(_, BreakerError.Code.draining.rawValue): self.fail(.lost("it is stopping"))
        case .failure(let slot, let code):
            guard self.ready == nil, let request = self.slots.end(slot) else {
                return self.fail(.complaint(code: code, message: "it does not take hello"))
            }
            self.worker.failed(request, code: code, at: now)
        case .complaint(let code, let message): self.fail(.complaint(code: code, message: message))
        case .unreadable: self.fail(.unreadable)
        }
    }

    private func fail(_ failure: LoadFailure) {
        if let ready = self.ready {
            self.ready = nil
            ready.fail(failure)
        } else {
            self.worker.end(.failed(failure))
        }
    }
}
