// The socket's end of a connection: bytes to lines to JSON on the way in, lines to one write a tick on the
// way out. Whatever comes in that is not a line of JSON within the bound ends the connection; nothing in here
// traps.

import BreakerWire
import NIOCore

/// Splits what the daemon sends into objects, and gathers what is sent to it.
final class LineHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Bytes that wait for a daemon that does not read, at most.
    static let outgoingBytes = 1_048_576

    weak var manager: ConnectionManager?
    private(set) var linesSent = 0
    private(set) var linesHeard = 0
    private let maximumLineBytes: Int
    private var context: ChannelHandlerContext?
    private var incoming = ByteBuffer()
    /// Readable bytes of `incoming` known to hold no line feed.
    private var scanned = 0
    private var outgoing = ByteBuffer()
    private var isFlushScheduled = false
    private var isReadingPaused = false

    init(maximumLineBytes: Int) { self.maximumLineBytes = maximumLineBytes }

    // MARK: For the manager

    /// Whether the daemon reads what is sent.
    var isWritable: Bool {
        (self.context?.channel.isWritable ?? false) && self.outgoing.readableBytes < LineHandler.outgoingBytes
    }

    /// Appends a line to what is written at the end of this tick of the loop.
    func send(_ line: ByteBuffer) {
        guard let context = self.context else { return }
        self.linesSent += 1
        self.outgoing.writeImmutableBuffer(line)
        guard !self.isFlushScheduled else { return }
        self.isFlushScheduled = true
        context.eventLoop.assumeIsolated().execute { self.flush() }
    }

    /// Stops or continues reading from the socket; what was read already is still delivered.
    func setReading(_ isOn: Bool) {
        guard self.isReadingPaused == isOn, let context = self.context else { return }
        self.isReadingPaused = !isOn
        _ = context.channel.setOption(.autoRead, value: isOn)
        if isOn { context.read() }
    }

    /// Sends what is gathered and closes.
    func close() {
        self.flush()
        self.manager = nil
        self.context?.close(promise: nil)
    }

    private func flush() {
        self.isFlushScheduled = false
        guard let context = self.context, self.outgoing.readableBytes > 0 else { return }
        let bytes = self.outgoing
        self.outgoing = ByteBuffer()
        context.writeAndFlush(self.wrapOutboundOut(bytes), promise: nil)
    }

    // MARK: From the channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        if self.incoming.readableBytes == 0 {
            self.incoming = bytes
        } else {
            self.incoming.writeBuffer(&bytes)
        }
        while let line = self.nextLine() {
            self.linesHeard += 1
            self.take(line)
            // The line may have ended the connection; what follows it is nobody's.
            if self.manager == nil { return }
        }
        guard self.incoming.readableBytes < self.maximumLineBytes else {
            self.manager?.fault("a line of more than \(self.maximumLineBytes) bytes", from: self)
            return
        }
        self.incoming.discardReadBytes()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.manager?.lost("the daemon closed the connection", from: self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.manager?.lost(Host.describe(error), from: self)
        context.close(promise: nil)
    }

    private func nextLine() -> ByteBuffer? {
        let scanned = self.scanned
        let length = self.incoming.withUnsafeReadableBytes { bytes in
            bytes[scanned...].firstIndex(of: UInt8(ascii: "\n"))
        }
        guard let length else {
            self.scanned = self.incoming.readableBytes
            return nil
        }
        self.scanned = 0
        let line = self.incoming.readSlice(length: length)
        self.incoming.moveReaderIndex(forwardBy: 1)
        return line
    }

    private func take(_ line: ByteBuffer) {
        let isBlank = line.readableBytesView.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        if isBlank { return }
        do throws(JSONProblem) {
            guard case .object(let object) = try JSONText.parse(line) else {
                self.manager?.fault("a line that is not an object", from: self)
                return
            }
            self.manager?.received(Reply(object), from: self)
        } catch {
            self.manager?.fault("a line that is not JSON: \(error.message)", from: self)
        }
    }
}
