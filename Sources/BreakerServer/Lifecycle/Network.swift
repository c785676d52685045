// Binds the listeners and gives every accepted connection its handler.

import BreakerCore
import BreakerWire
import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The sockets that the daemon listens on.
final class Network: Sendable {
    private let service: Service
    private let group: MultiThreadedEventLoopGroup
    private let servers: [any Channel]
    private let unixSocket: UnixSocketFile?

    /// Where clients connect, as it is to be shown: `unix:/run/…`, `tcp:127.0.0.1:2757`.
    let addresses: [String]

    private init(
        service: Service, group: MultiThreadedEventLoopGroup, servers: [any Channel],
        unixSocket: UnixSocketFile?,
        addresses: [String]
    ) {
        self.service = service
        self.group = group
        self.servers = servers
        self.unixSocket = unixSocket
        self.addresses = addresses
    }

    /// Listens everywhere, or nowhere and says why.
    ///
    /// - Parameter activated: sockets that listen already. Their files are not the daemon's to remove.
    static func listen(
        _ listeners: Listeners, activated: [ActivatedSocket] = [], service: Service,
        group: MultiThreadedEventLoopGroup
    ) async throws(ListenError) -> Network {
        var servers: [any Channel] = []
        var addresses: [String] = []
        var file: UnixSocketFile?
        do throws(ListenError) {
            for socket in activated {
                servers.append(try await self.take(socket, service: service, group: group))
                addresses.append(socket.address)
            }
            if let socket = listeners.unixSocket {
                var claimed = try UnixSocketFile.claim(socket)
                servers.append(
                    try await claimed.make { () async throws(ListenError) in
                        try await self.bind(socket, service: service, group: group)
                    })
                file = claimed
                try claimed.restrict()
                addresses.append("unix:\(socket.path)")
            }
            for endpoint in listeners.tcp {
                let server = try await self.bind(endpoint, service: service, group: group)
                servers.append(server)
                let port = server.localAddress?.port ?? endpoint.port
                addresses.append("tcp:\(TCPEndpoint(host: endpoint.host, port: port))")
            }
        } catch {
            file?.remove()
            for server in servers { try? await server.close() }
            throw error
        }
        return Network(
            service: service, group: group, servers: servers, unixSocket: file, addresses: addresses)
    }

    /// Stops accepting, lets every connection have its replies, and waits for them to end, at most `limit`.
    func drain(within limit: TimeAmount) async {
        self.unixSocket?.remove()
        for server in self.servers { try? await server.close() }
        self.service.startDraining()
        let channels = self.service.sessions.all.map(\.channel)
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(DrainEvent.drain) }
        let eventLoop = self.group.next()
        let over = eventLoop.makePromise(of: Void.self)
        let timer = eventLoop.scheduleTask(in: limit) { over.succeed() }
        EventLoopFuture.andAllComplete(channels.map(\.closeFuture), on: eventLoop).whenComplete { _ in
            timer.cancel()
            over.succeed()
        }
        try? await over.futureResult.get()
    }

    // MARK: Binding

    private static func bind(
        _ socket: UnixSocket, service: Service, group: MultiThreadedEventLoopGroup
    ) async throws(ListenError) -> any Channel {
        do {
            return try await self.bootstrap(.unix, service: service, group: group)
                .bind(unixDomainSocketPath: socket.path).get()
        } catch {
            throw ListenError(address: "unix:\(socket.path)", error)
        }
    }

    private static func bind(
        _ endpoint: TCPEndpoint, service: Service, group: MultiThreadedEventLoopGroup
    ) async throws(ListenError) -> any Channel {
        do {
            return try await self.bootstrap(.tcp, service: service, group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: endpoint.host, port: endpoint.port).get()
        } catch {
            throw ListenError(address: "tcp:\(endpoint)", error)
        }
    }

    private static func take(
        _ socket: ActivatedSocket, service: Service, group: MultiThreadedEventLoopGroup
    ) async throws(ListenError) -> any Channel {
        let server: any Channel
        do {
            server = try await self.bootstrap(socket.transport, service: service, group: group)
                .withBoundSocket(socket.descriptor).get()
        } catch {
            throw ListenError(address: socket.address, error)
        }
        // Taking it has shortened the queue of those who wait to NIO's default.
        _ = Glibc.listen(socket.descriptor, self.backlog)
        return server
    }

    /// Connections that wait to be accepted: a fleet's that comes back at once.
    private static let backlog: Int32 = 1_024

    /// Serves a socket that is connected already, to another part of the daemon.
    static func join(
        _ descriptor: NIOBSDSocket.Handle, service: Service, group: MultiThreadedEventLoopGroup
    ) async throws -> any Channel {
        try await ClientBootstrap(group: group)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.maxMessagesPerRead, value: 16)
            .channelOption(.writeBufferWaterMark, value: self.waterMark(service.limits.outputBytes))
            .channelInitializer { self.serve($0, .unix, isInner: true, service: service) }
            .withConnectedSocket(descriptor).get()
    }

    private static func waterMark(_ output: Int) -> ChannelOptions.Types.WriteBufferWaterMark {
        ChannelOptions.Types.WriteBufferWaterMark(low: max(1, output / 2), high: output)
    }

    private static func bootstrap(
        _ transport: SessionRecord.Transport, service: Service, group: MultiThreadedEventLoopGroup
    ) -> ServerBootstrap {
        let bootstrap = self.bootstrap(service.limits.outputBytes, group)
            .childChannelInitializer { self.serve($0, transport, service: service) }
        guard transport == .tcp else { return bootstrap }
        return
            bootstrap
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // A peer whose machine vanished says nothing; its connection must not stay for ever.
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
    }

    private static func bootstrap(
        _ output: Int, _ group: MultiThreadedEventLoopGroup
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: self.backlog)
            // With the default of 4 a burst of connections waits for many rounds of the event loop; with
            // many more, those who are connected wait for the burst.
            .serverChannelOption(.maxMessagesPerRead, value: 16)
            .childChannelOption(.maxMessagesPerRead, value: 16)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: self.waterMark(output))
    }

    private static func serve(
        _ channel: any Channel, _ transport: SessionRecord.Transport, isInner: Bool = false, service: Service
    ) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let now = service.engine.clock.now()
            if let session = service.sessions.open(channel, transport, at: now) {
                do {
                    try channel.pipeline.syncOperations.addHandler(
                        ConnectionHandler(service: service, session: session, isInner: isInner))
                } catch {
                    service.sessions.close(session)
                    throw error
                }
            } else {
                let limit = service.sessions.limit
                try channel.pipeline.syncOperations.addHandler(
                    RefusedConnectionHandler(
                        WireError(
                            .limit,
                            "\(limit) connections are open already, the most that limits.connections allows"))
                )
            }
        }
    }
}

/// Why the daemon cannot listen somewhere.
package struct ListenError: Error, CustomStringConvertible {
    package let address: String
    package let cause: String

    init(address: String, cause: String) {
        self.address = address
        self.cause = cause
    }

    /// What the system refused, with what to do about it.
    package init(address: String, _ error: any Error) {
        self.init(address: address, cause: ListenError.explanation(of: error))
    }

    private static func explanation(of error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return switch error.errnoCode {
        case EADDRINUSE: "another process listens there; stop it or choose another address"
        case EACCES, EPERM: "this user may not; run as one who may or choose another address"
        case EADDRNOTAVAIL: "this machine has no such address; choose one it has"
        case ENOENT: "the directory does not exist; create it or choose another path"
        default: String(cString: strerror(error.errnoCode))
        }
    }

    package var description: String { "cannot listen on \(self.address): \(self.cause)" }
}

/// Told to every connection when the daemon stops.
enum DrainEvent {
    case drain
}
