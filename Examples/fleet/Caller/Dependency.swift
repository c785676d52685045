// Over NIO, which the client brings along: URLSession of a static build would need the development files of
// libcurl.

import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// The service that the fleet depends on, reached over HTTP, each call over a connection of its own.
struct Dependency: Sendable {
    /// It answered, and not with a 2xx; nil: it hung up.
    struct Failed: Error {
        let status: UInt?
    }

    private let host: String
    private let port: Int
    private let request: HTTPRequestHead

    /// - Parameters:
    ///   - url: of plain `http`.
    ///   - caller: who calls, for the dependency's own log.
    init(url: URL, caller: String) {
        self.host = url.host ?? "127.0.0.1"
        self.port = url.port ?? 80
        let headers: HTTPHeaders = [
            "Host": "\(self.host):\(self.port)", "X-Caller": caller, "Connection": "close",
        ]
        self.request = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: url.path.isEmpty ? "/" : url.path, headers: headers)
    }

    func call() async throws {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(10))
            .connect(host: self.host, port: self.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        let status = try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(.head(self.request))
            try await outbound.write(.end(nil))
            return try await Dependency.status(of: inbound)
        }
        guard let status, (200..<300).contains(status) else { throw Failed(status: status) }
    }

    /// Reads the response to its end.
    private static func status(
        of response: NIOAsyncChannelInboundStream<HTTPClientResponsePart>
    ) async throws -> UInt? {
        var status: UInt?
        for try await part in response {
            switch part {
            case .head(let head): status = head.status.code
            case .body: continue
            case .end: return status
            }
        }
        return nil
    }
}
