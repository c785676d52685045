// Over NIO, which the client brings along: URLSession of a static build would need the development files of
// libcurl.

import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// The service that the fleet depends on, over HTTP: one call at a time, over a connection that is kept.
final class Dependency {
    /// It answered, and not with a 2xx; nil: it hung up.
    struct Failed: Error {
        let status: UInt?
    }

    private let host: String
    private let port: Int
    private let request: HTTPRequestHead
    private var connection: (any Channel)?

    /// - Parameters:
    ///   - url: of plain `http`.
    ///   - caller: who calls, for the dependency's own log.
    init(url: URL, caller: String) {
        self.host = url.host ?? "127.0.0.1"
        self.port = url.port ?? 80
        self.request = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: url.path.isEmpty ? "/" : url.path,
            headers: ["Host": "\(self.host):\(self.port)", "X-Caller": caller])
    }

    nonisolated(nonsending) func call() async throws {
        let channel = try await self.connected()
        let answer = channel.eventLoop.makePromise(of: UInt.self)
        channel.writeAndFlush(DependencyCalls.Call(request: self.request, answer: answer), promise: nil)
        let status = try await answer.futureResult.get()
        guard (200..<300).contains(status) else { throw Failed(status: status) }
    }

    private nonisolated(nonsending) func connected() async throws -> any Channel {
        if let connection = self.connection, connection.isActive { return connection }
        let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(10))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(DependencyCalls())
                }
            }
            .connect(host: self.host, port: self.port).get()
        self.connection = connection
        return connection
    }
}

/// Sends a call's request and tells it the status of the response.
private final class DependencyCalls: ChannelDuplexHandler {
    struct Call {
        let request: HTTPRequestHead
        /// The response's status; fails with `Dependency.Failed` where there is none.
        let answer: EventLoopPromise<UInt>
    }

    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Call
    typealias OutboundOut = HTTPClientRequestPart

    private var call: Call?
    private var status: UInt?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let call = self.unwrapOutboundIn(data)
        guard context.channel.isActive else { return call.answer.fail(Dependency.Failed(status: nil)) }
        self.call = call
        context.write(self.wrapOutboundOut(.head(call.request)), promise: nil)
        context.write(self.wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head): self.status = head.status.code
        case .body: break
        case .end: self.end()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.status = nil
        self.end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func end() {
        guard let call = self.call else { return }
        self.call = nil
        if let status = self.status.take() {
            call.answer.succeed(status)
        } else {
            call.answer.fail(Dependency.Failed(status: nil))
        }
    }
}
