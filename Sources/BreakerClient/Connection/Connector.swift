import NIOCore
import NIOPosix

extension Endpoint {
    /// Connects a socket whose bytes go through a `LineHandler`.
    func connect(
        on loop: any EventLoop, configuration: BreakerClient.Configuration
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(configuration.connectDeadline))
            .channelOption(
                .writeBufferWaterMark,
                value: .init(low: LineHandler.outgoingBytes / 2, high: LineHandler.outgoingBytes)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        LineHandler(maximumLineBytes: configuration.maximumReplyBytes))
                }
            }
        switch self {
        case .unix(let path): return bootstrap.connect(unixDomainSocketPath: path)
        case .tcp(let host, let port):
            return
                bootstrap
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.socketOption(.so_keepalive), value: 1)
                .connect(host: host, port: port)
        }
    }
}

extension TimeAmount {
    /// Never below a millisecond: a deadline of nothing would let no request pass.
    init(_ duration: Duration) {
        self = .nanoseconds(
            Int64(min(max(duration, .milliseconds(1)), .seconds(86_400)).milliseconds * 1_000_000))
    }
}
