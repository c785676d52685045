import BreakerWire
import NIOCore

/// Tells a peer why it is not served, and closes.
final class RefusedConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let error: WireError

    init(_ error: WireError) {
        self.error = error
    }

    func channelActive(context: ChannelHandlerContext) {
        var line = ByteBuffer()
        line.writeError(self.error, to: .none)
        context.writeAndFlush(self.wrapOutboundOut(line), promise: nil)
        context.close(mode: .output, promise: nil)
        // What the peer has sent already is read and dropped, or the kernel would throw the message away.
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(500)) {
            context.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { context.close(promise: nil) }
    }
}
