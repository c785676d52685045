import BreakerServer
import HTTPTypes
import NIOCore
import NIOPosix

/// Requests to the daemon over one inner connection, whose replies come in whatever order.
struct Gateway: Sendable {
    /// How long a reply may take: a command waits for the disk.
    private static let patience = TimeAmount.seconds(10)

    private let channel: any Channel
    private let mostBytes: Int

    static func open(_ door: InnerDoor, on group: MultiThreadedEventLoopGroup) async throws -> Gateway {
        let channel = try await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        ByteToMessageHandler(LineDecoder()), GatewayHandler())
                }
            }
            .withConnectedSocket(try await door.open()).get()
        return Gateway(channel: channel, mostBytes: door.lineBytes)
    }

    /// Makes a request of the protocol, and gives its reply's members as a JSON object.
    ///
    /// - Parameter members: JSON of the request's members besides `op` and `id`, without braces.
    /// - Throws: `WebError` with what the daemon refuses.
    func perform(_ op: String, _ members: String = "") async throws -> String {
        // The id has at most 19 digits.
        guard op.utf8.count + members.utf8.count + 40 <= self.mostBytes else {
            throw WebError(.contentTooLarge, "too_long", "a request has at most \(self.mostBytes) bytes")
        }
        let reply = self.channel.eventLoop.makePromise(of: InnerReply.self)
        let timer = self.channel.eventLoop.scheduleTask(in: Gateway.patience) {
            reply.fail(WebError(.gatewayTimeout, "overloaded", "the daemon has not answered in time"))
        }
        let request = InnerRequest(op: op, members: members, reply: reply)
        self.channel.writeAndFlush(request).whenFailure { _ in
            reply.fail(WebError(.serviceUnavailable, "draining", "the daemon is stopping"))
        }
        let answer = try await reply.futureResult.get()
        timer.cancel()
        guard answer.isSuccess else { throw RefusedRequest(json: answer.members) }
        return answer.members
    }
}

/// What the daemon has refused, in its own words.
struct RefusedRequest: Error {
    /// An object with `error`.
    let json: String

    var status: HTTPResponse.Status {
        guard let start = self.json.firstRange(of: "\"code\":\"")?.upperBound else {
            return .internalServerError
        }
        return HTTPResponse.Status(errorCode: String(self.json[start...].prefix { $0 != "\"" }))
    }
}

/// A request on its way to the daemon, and who waits for the reply.
struct InnerRequest: Sendable {
    let op: String
    let members: String
    let reply: EventLoopPromise<InnerReply>
}

/// A reply's members without `id` and `ok`, as a JSON object.
struct InnerReply: Sendable {
    let isSuccess: Bool
    let members: String

    /// Takes a reply apart, which begins with `{"id":N,"ok":`, whoever asked; nil: it is none.
    static func read(_ line: ByteBuffer) -> (id: Int, InnerReply)? {
        let text = String(buffer: line)
        guard text.hasPrefix("{\"id\":") else { return nil }
        let afterName = text.dropFirst(6)
        let digits = afterName.prefix { $0.isASCII && $0.isNumber }
        guard let id = Int(digits) else { return nil }
        let rest = afterName.dropFirst(digits.count)
        for (word, isSuccess) in [("true", true), ("false", false)] where rest.hasPrefix(",\"ok\":\(word)") {
            let members = rest.dropFirst(6 + word.count)
            return (id, InnerReply(isSuccess: isSuccess, members: "{" + members.drop { $0 == "," }))
        }
        return nil
    }
}

final class GatewayHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = InnerRequest
    typealias OutboundOut = ByteBuffer

    private var waiting: [Int: EventLoopPromise<InnerReply>] = [:]
    private var lastID = 0

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let request = self.unwrapOutboundIn(data)
        self.lastID += 1
        self.waiting[self.lastID] = request.reply
        let members = request.members.isEmpty ? "" : ",\(request.members)"
        let line = "{\"op\":\"\(request.op)\",\"id\":\(self.lastID)\(members)}\n"
        context.write(self.wrapOutboundOut(context.channel.allocator.buffer(string: line)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let (id, reply) = InnerReply.read(self.unwrapInboundIn(data)) else { return }
        self.waiting.removeValue(forKey: id)?.succeed(reply)
    }

    func channelInactive(context: ChannelHandlerContext) {
        for promise in self.waiting.values {
            promise.fail(WebError(.serviceUnavailable, "draining", "the daemon is stopping"))
        }
        self.waiting = [:]
        context.fireChannelInactive()
    }
}

/// Bytes to lines, without their ends.
struct LineDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")),
            let line = buffer.readSlice(length: end - buffer.readerIndex)
        else { return .needMoreData }
        buffer.moveReaderIndex(forwardBy: 1)
        context.fireChannelRead(self.wrapInboundOut(line))
        return .continue
    }
}
