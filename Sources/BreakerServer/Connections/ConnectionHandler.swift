// One connection: bytes in, requests done, bytes out.
//
// Lines are parsed in place, in the buffer they were read into, and replies are appended to one buffer that
// is written once a read. The connection stops reading while its peer does not take the replies or while too
// many commands wait for the disk: what a peer can make the daemon hold is bounded by one read and one output
// limit.

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
        /// All is said and on its way to the peer; what comes now is dropped.
        case ending
        /// The peer has it all. Input is read and dropped until it closes, because closing with unread input
        /// would make the kernel throw away replies that are on their way.
        case lingering
        case closed
    }

    /// Commands of one connection that may wait for the disk at once.
    private static let maximumPending = 64
    /// A page of history can be half a megabyte: 4 of them may wait.
    static let historyWeight = 16
    /// Replies are written out as they reach this, also amid a read.
    static let flushBytes = 65_536
    /// An output of at most this size is kept for the next reply: as much is held for each connection.
    private static let keptBytes = 512
    /// How long a peer may take to close after it got the last word.
    private static let lingerTime = TimeAmount.milliseconds(500)
    /// How long a peer that may still send has for taking what is left of its replies.
    private static let endingTime = TimeAmount.seconds(10)
    /// How long a stopping daemon still refuses a peer's requests in words before it closes.
    private static let drainGrace = TimeAmount.milliseconds(250)

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
    /// The watcher that was served last; the next one's turn comes next.
    var watcherTurn = 0
    /// Writing can call back in here, when the peer takes what blocked: nothing is pumped twice at once.
    var isPumping = false
    var tally = RequestCounters.Tally()
    /// Whether its peer is another part of the daemon.
    let isInner: Bool
    var output = ByteBuffer()
    private(set) var context: ChannelHandlerContext?
    /// What the channel said last: asking it at every line would cost more than answering the line.
    private(set) var isWritable = true
    private(set) var phase = Phase.serving
    /// Whether the present line came too late to be answered: the daemon is stopping.
    private(set) var refusesLine = false
    /// Commands that wait for the disk, by weight.
    private var pending = 0
    private var input = ByteBuffer()
    /// Bytes of `input` that hold no line feed.
    private var scanned = 0
    /// Bytes of `input` that were read before the daemon began to stop; whole lines in them are still
    /// answered.
    private var owedBytes = 0
    private var inputEnded = false
    private var readWanted = false
    private var isProcessing = false

    init(service: Service, session: SessionRecord, isInner: Bool) {
        (self.service, self.session, self.isInner) = (service, session, isInner)
        self.reporter = Reporter(
            session: session.id, instance: ReporterID(instance: "\(service.epoch).\(session.label)"))
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        // Accepted just before the daemon closed its doors: nobody else would tell it.
        if self.service.isDraining { self.drain() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.letGo()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // A connection that breaks before it was active never becomes inactive.
        self.letGo()
        self.context = nil
    }

    /// The connection is gone: so are its permits, its watches and its session.
    private func letGo() {
        guard self.phase != .closed else { return }
        self.phase = .closed
        for (breaker, permit) in self.permits.takeAll() {
            self.service.engine.lose(permit, of: breaker, by: self.session.id)
        }
        self.endWatches()
        self.service.backups.end(of: self.session.id)
        self.addUp()
        self.service.sessions.close(self.session)
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
            if self.phase == .lingering { context.close(promise: nil) }
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
        self.owedBytes = self.input.readableBytes
        self.process()
        self.finishRead()
    }

    /// Whether requests are taken, be it only to refuse them.
    private var isOpen: Bool {
        switch self.phase {
        case .serving, .draining: true
        case .ending, .lingering, .closed: false
        }
    }

    // MARK: Reading

    func read(context: ChannelHandlerContext) {
        if self.isPaused { self.readWanted = true } else { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        guard self.isOpen else { return }
        if self.input.readableBytes == 0 {
            self.answerAtOnce(&bytes)
            guard bytes.readableBytes > 0 else { return }
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
        self.isWritable = context.channel.isWritable
        self.resume()
        context.fireChannelWritabilityChanged()
    }

    private var isPaused: Bool {
        self.pending >= ConnectionHandler.maximumPending || !self.isWritable
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
        self.addUp()
        self.flush()
        self.endWhenDone()
    }

    /// Adds what was counted since the last time to the session's and the daemon's sums.
    func addUp() {
        guard !self.tally.isEmpty else { return }
        self.session.otherRequests.add(self.tally.requestCount, ordering: .relaxed)
        self.service.counters.add(&self.tally)
    }

    // MARK: Lines

    /// Answers what most reads hold, whole lines of the usual shape, before it becomes the handler's input:
    /// by then looking at it would cost as much as answering one of them.
    private func answerAtOnce(_ bytes: inout ByteBuffer) {
        guard self.phase == .serving, !self.isPaused, !self.isProcessing,
            let first = bytes.withUnsafeReadableBytes({ $0.lineLength })
        else { return }
        let now = self.service.engine.clock.now()
        let answered =
            ReadTimes.isSampled(now)
            ? self.answerTimed(bytes, first: first, at: now)
            : self.answerHotLines(bytes, first: first, at: now)
        bytes.moveReaderIndex(forwardBy: answered)
    }

    /// Handles the lines that have arrived, as long as the peer takes the replies.
    private func process() {
        // Writing can call back in here, when the peer takes what blocked; the loop below then just goes on.
        guard !self.isProcessing else { return }
        self.isProcessing = true
        defer { self.isProcessing = false }
        let clock = self.service.engine.clock
        var now = clock.now()
        while self.isOpen, !self.isPaused, let length = self.nextLine() {
            // The line before may have moved a manual clock.
            if clock.isManual { now = clock.now() }
            let answered =
                self.phase == .serving ? self.answerHotLines(self.input, first: length, at: now) : 0
            if answered > 0 { self.passInput(answered) } else { self.handleLine(length, at: now) }
            if self.output.readableBytes >= ConnectionHandler.flushBytes { self.flush() }
        }
        self.tidyInput()
    }

    /// Lets go of input that is done with; moves the rest only when that is less than what it frees.
    private func tidyInput() {
        if self.input.readableBytes == 0 || !self.isOpen {
            self.input = ByteBuffer()
            self.owedBytes = 0
        } else if self.input.readerIndex > self.input.readableBytes {
            self.input.discardReadBytes()
        }
    }

    /// The length of the next line with its line feed; nil: it is not whole yet.
    private func nextLine() -> Int? {
        let scanned = self.scanned
        let found = self.input.withUnsafeReadableBytes { bytes in
            UnsafeRawBufferPointer(rebasing: bytes[min(scanned, bytes.count)...]).lineLength
        }
        if let found { return scanned + found }
        self.scanned = self.input.readableBytes
        guard self.scanned < self.service.wireLimits.lineBytes else {
            self.refuseLongLine()
            return nil
        }
        // An object says itself where it ends: one whose line feed the end of the input cut off is whole.
        if self.inputEnded, self.scanned > 0 { return self.scanned }
        self.owedBytes = 0
        return nil
    }

    private func handleLine(_ length: Int, at now: Instant) {
        guard length <= self.service.wireLimits.lineBytes else { return self.refuseLongLine() }
        self.refusesLine = self.phase != .serving && length > self.owedBytes
        self.input.withUnsafeReadableBytes { bytes in
            let end = bytes[length - 1] == UInt8(ascii: "\n") ? length - 1 : length
            self.handle(UnsafeRawBufferPointer(rebasing: bytes[..<end]), at: now)
        }
        self.passInput(length)
    }

    /// Leaves lines behind that are done with.
    private func passInput(_ length: Int) {
        self.scanned = 0
        self.owedBytes = max(0, self.owedBytes - length)
        self.input.moveReaderIndex(forwardBy: length)
    }

    private func refuseLongLine() {
        let limit = self.service.wireLimits.lineBytes
        self.replyError(
            WireError(.tooLong, "a line has at most \(limit) bytes, its line feed included"), to: .none)
        self.end()
    }

    // MARK: Writing

    func flush() {
        guard let context = self.context, self.output.readableBytes > 0 else { return }
        var bytes = ByteBuffer()
        swap(&bytes, &self.output)
        context.writeAndFlush(self.wrapOutboundOut(bytes), promise: nil)
        // Nearly always the kernel has taken it all by now. Writing can have called back in here.
        guard bytes.capacity <= ConnectionHandler.keptBytes, self.output.capacity == 0 else { return }
        bytes.clear()
        swap(&bytes, &self.output)
    }

    /// Whether more may be written without filling the peer's output beyond its limit.
    var hasRoom: Bool {
        if self.output.readableBytes >= ConnectionHandler.flushBytes { self.flush() }
        return self.context != nil && self.isWritable
    }

    /// Runs `body` on the connection when a command's `completion` comes from another thread.
    ///
    /// - Parameter weight: for how many commands it counts; more than 1 where the answer can be long.
    func whenDone<Value: Sendable>(
        weight: Int = 1, _ body: @escaping (ConnectionHandler, Value) -> Void
    ) -> @Sendable (Value) -> Void {
        guard let context = self.context else { return { _ in } }
        self.pending += weight
        let eventLoop = context.eventLoop
        let handler = NIOLoopBound((self, body), eventLoop: eventLoop)
        return { value in
            eventLoop.execute {
                let (connection, body) = handler.value
                connection.pending -= weight
                body(connection, value)
                connection.flush()
                connection.resume()
                connection.finishRead()
            }
        }
    }

    // MARK: The end

    /// Ends the connection once everything asked for is answered, if its peer or the daemon wants to end.
    private func endWhenDone() {
        guard self.isOpen, self.pending == 0, self.owedBytes == 0 else { return }
        if self.inputEnded {
            guard self.input.readableBytes == 0,
                self.watchers.allSatisfy(\.isSynced) || self.phase == .draining
            else { return }
            self.end()
        } else if self.phase == .draining {
            // A peer that is writing this moment hears `draining` instead of a closed door.
            self.context?.eventLoop.assumeIsolated().scheduleTask(in: ConnectionHandler.drainGrace) {
                self.end()
            }
        }
    }

    /// Says the last word. Closing waits until it is with the kernel, since a closed socket sends nothing any
    /// more.
    private func end() {
        guard self.isOpen, let context = self.context else { return }
        self.phase = .ending
        self.endWatches()
        self.addUp()
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.linger() }
        let bytes = self.output
        self.output = ByteBuffer()
        context.writeAndFlush(self.wrapOutboundOut(bytes), promise: written)
        guard !self.inputEnded else { return }
        context.eventLoop.assumeIsolated().scheduleTask(in: ConnectionHandler.endingTime) {
            self.context?.close(promise: nil)
        }
    }

    /// Waits a little for the peer to close.
    private func linger() {
        guard self.phase == .ending, let context = self.context else { return }
        self.phase = .lingering
        guard !self.inputEnded else { return context.close(promise: nil) }
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: ConnectionHandler.lingerTime) {
            self.context?.close(promise: nil)
        }
    }

    /// The hub of the connection's event loop was told of changes.
    func changesCame() {
        self.pumpWatches()
        self.endWhenDone()
    }
}
