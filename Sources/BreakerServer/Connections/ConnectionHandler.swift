// One connection: bytes in, requests done, bytes out.
//
// Lines are parsed in place, in the buffer they were read into, and replies are appended to one buffer that is written
// once a read. The connection stops reading while its peer does not take the replies or while too many commands
// wait for the disk: what a peer can make the daemon hold is bounded by one read and one output limit.

import BreakerCore
import BreakerWire
import NIOCore
import Synchronization

final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        case serving
        /// The daemon stops: what comes now is answered with `draining`.
        case draining
        /// All is said. Input is read and dropped until the peer closes, because closing with unread input would make
        /// the kernel throw away replies that are on their way.
        case lingering
        case closed
    }

    /// Commands of one connection that may wait for the disk at once.
    private static let maximumPending = 64
    /// Replies are written out as they reach this, also amid a read.
    private static let flushBytes = 65_536
    /// How long a peer may take to close after all is said.
    private static let lingerTime = TimeAmount.milliseconds(500)

    let service: Service
    let session: SessionRecord
    /// Who reports are from: the instance of `hello`, else this connection.
    var reporter: Reporter
    /// The instance of `hello`, if it named one.
    var instance: String?
    /// The last batch sequence, of a connection without an instance.
    var lastSequence: UInt64 = 0
    var permits = HeldPermits()
    var watchers: [Watcher] = []
    var tally = RequestCounters.Tally()
    var output = ByteBuffer()
    private(set) var context: ChannelHandlerContext?
    private(set) var phase = Phase.serving
    /// Commands that wait for the disk.
    private var pending = 0
    private var input = ByteBuffer()
    /// Bytes of `input` that hold no line feed.
    private var scanned = 0
    private var inputEnded = false
    private var readWanted = false
    private var isProcessing = false

    init(service: Service, session: SessionRecord) {
        self.service = service
        self.session = session
        self.reporter = Reporter(
            session: session.id, instance: ReporterID(instance: "\(service.epoch).\(session.label)"))
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.phase = .closed
        for (breaker, permit) in self.permits.takeAll() {
            self.service.engine.lose(permit, of: breaker, by: self.session.id)
        }
        if !self.watchers.isEmpty { self.hub.leave(self) }
        self.watchers = []
        self.service.counters.add(&self.tally)
        self.service.sessions.close(self.session)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset or a broken pipe: the peer is gone.
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            self.inputEnded = true
            self.process()
            self.finishRead()
        case DrainEvent.drain:
            self.drain()
        default:
            break
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// The daemon stops: refuses what comes from now on, and says goodbye when what was read is answered.
    private func drain() {
        guard self.phase == .serving else { return }
        self.phase = .draining
        self.endWhenDone()
    }

    // MARK: Reading

    func read(context: ChannelHandlerContext) {
        if self.isPaused { self.readWanted = true } else { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        guard self.phase == .serving || self.phase == .draining else { return }
        if self.input.readableBytes == 0 {
            self.input = bytes
            self.scanned = 0
        } else {
            self.input.writeBuffer(&bytes)
        }
        self.process()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.finishRead()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.resume()
        context.fireChannelWritabilityChanged()
    }

    private var isPaused: Bool {
        self.pending >= ConnectionHandler.maximumPending || self.context?.channel.isWritable == false
    }

    /// Goes on where a full output or too many pending commands had stopped.
    private func resume() {
        guard !self.isPaused else { return }
        self.process()
        self.pumpWatches()
        self.finishRead()
        if self.readWanted, !self.isPaused {
            self.readWanted = false
            self.context?.read()
        }
    }

    private func finishRead() {
        self.session.requests.add(self.tally.total, ordering: .relaxed)
        self.service.counters.add(&self.tally)
        self.flush()
        if self.inputEnded { self.endWhenDone() }
    }

    // MARK: Lines

    /// Handles the lines that have arrived, as long as the peer takes the replies.
    private func process() {
        // Writing can call back in here, when the peer takes what blocked; the loop below then just goes on.
        guard !self.isProcessing else { return }
        self.isProcessing = true
        defer { self.isProcessing = false }
        let now = self.service.engine.clock.now()
        while self.phase == .serving || self.phase == .draining, !self.isPaused, let length = self.nextLine() {
            self.handleLine(length, at: now)
            if self.output.readableBytes >= ConnectionHandler.flushBytes { self.flush() }
        }
        if self.input.readableBytes == 0 || self.phase == .lingering {
            self.input = ByteBuffer()
        } else {
            self.input.discardReadBytes()
        }
    }

    /// The length of the next line with its line feed; nil: it is not whole yet.
    private func nextLine() -> Int? {
        let found = self.input.withUnsafeReadableBytes { bytes in
            UnsafeRawBufferPointer(rebasing: bytes[min(self.scanned, bytes.count)...])
                .firstIndex(of: UInt8(ascii: "\n"))
        }
        if let found { return self.scanned + found + 1 }
        self.scanned = self.input.readableBytes
        // An object says itself where it ends: one whose line feed the end of the input cut off is whole.
        if self.inputEnded, self.scanned > 0 { return self.scanned }
        if self.scanned >= self.service.wireLimits.lineBytes { self.refuseLongLine() }
        return nil
    }

    private func handleLine(_ length: Int, at now: Instant) {
        self.scanned = 0
        guard length <= self.service.wireLimits.lineBytes else { return self.refuseLongLine() }
        self.input.withUnsafeReadableBytes { bytes in
            let end = bytes[length - 1] == UInt8(ascii: "\n") ? length - 1 : length
            self.handle(UnsafeRawBufferPointer(rebasing: bytes[..<end]), at: now)
        }
        self.input.moveReaderIndex(forwardBy: length)
    }

    private func refuseLongLine() {
        let limit = self.service.wireLimits.lineBytes
        self.replyError(
            WireError(.tooLong, "a line has at most \(limit) bytes, its line feed included"), to: .none)
        self.linger()
    }

    // MARK: Writing

    func flush() {
        guard let context = self.context, self.output.readableBytes > 0 else { return }
        let bytes = self.output
        // Dropped before the write, so that the buffer can be used again when it is done at once.
        self.output = ByteBuffer()
        context.writeAndFlush(self.wrapOutboundOut(bytes), promise: nil)
    }

    /// Whether more may be written without filling the peer's output beyond its limit.
    var hasRoom: Bool {
        if self.output.readableBytes >= ConnectionHandler.flushBytes { self.flush() }
        return self.context?.channel.isWritable == true
    }

    /// Runs `body` on the connection when a command's `completion` comes from another thread.
    func whenDone<Value: Sendable>(
        _ body: @escaping (ConnectionHandler, Value) -> Void
    ) -> @Sendable (Value) -> Void {
        guard let context = self.context else { return { _ in } }
        self.pending += 1
        let eventLoop = context.eventLoop
        let handler = NIOLoopBound((self, body), eventLoop: eventLoop)
        return { value in
            eventLoop.execute {
                let (connection, body) = handler.value
                connection.pending -= 1
                body(connection, value)
                connection.flush()
                connection.resume()
                connection.endWhenDone()
            }
        }
    }

    // MARK: The end

    /// Ends the connection once everything asked for is answered, if its peer or the daemon wants to end.
    private func endWhenDone() {
        guard self.inputEnded || self.phase == .draining, self.pending == 0,
            self.inputEnded ? self.input.readableBytes == 0 : true,
            !self.watchers.contains(where: { !$0.isSynced }) || self.phase == .draining
        else { return }
        self.flush()
        if self.phase == .draining, !self.inputEnded {
            // A peer that is writing this moment hears `draining` instead of a closed door.
            self.context?.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(100)) { self.linger() }
        } else {
            self.linger()
        }
    }

    /// Says the last word and waits a little for the peer to close.
    private func linger() {
        guard self.phase == .serving || self.phase == .draining, let context = self.context else { return }
        self.phase = .lingering
        self.flush()
        guard !self.inputEnded else { return context.close(promise: nil) }
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: ConnectionHandler.lingerTime) {
            self.context?.close(promise: nil)
        }
    }

    var hub: WatchHub {
        guard let context = self.context else { preconditionFailure("used after the connection was removed") }
        return self.service.hubs.hub(of: context.eventLoop)
    }
}
