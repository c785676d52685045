// The client is a handle: what it knows lives in a `Connection`, confined to one event loop, and in one cell
// for each guarded breaker. Every operation is a line sent over that connection and matched to its reply by
// id.

import BreakerWire
public import NIOCore
import NIOPosix
import Tracing

/// A connection to breakerd, and the way to every operation it has.
///
/// It connects at the first request and again by itself whenever the connection is lost. One client serves a
/// whole process; it is safe to use from any task.
///
///     let client = try BreakerClient()
///     let reply = try await client.breaker("payments").run { try await pay() }
///     await client.shutdown()
public final class BreakerClient: Sendable {
    /// As sent with `hello`.
    public static let library = "swift/\(BreakerdVersion.current)"

    /// Tried in this order at each attempt to connect.
    public let endpoints: [Endpoint]
    /// As given, with names cut to what the daemon takes and an `instance` chosen where none was given.
    public let configuration: Configuration
    let group: any EventLoopGroup
    let connection: Connection
    let cells: BreakerCells
    let signals = LinkSignals()
    let metrics: ClientMetrics?
    /// A copy: the configuration is a value of many parts.
    let tracer: (any Tracer)?
    let watches = WatchRegistry()

    /// A client of the first of `endpoints` that answers.
    ///
    /// - Parameters:
    ///   - endpoints: tried in order at each attempt to connect.
    ///   - configuration: how it behaves, for good.
    ///   - eventLoopGroup: where the connection lives; one loop of it is used. Nil: the process's own.
    public init(
        endpoints: [Endpoint], configuration: Configuration = Configuration(),
        eventLoopGroup: (any EventLoopGroup)? = nil
    ) {
        var configuration = configuration
        // What the daemon would refuse in `hello` would keep the client from ever connecting.
        configuration.name = configuration.name.flatMap { printable($0) }
        configuration.instance =
            configuration.instance.flatMap { printable($0, bytes: 128) } ?? Host.instance()
        self.endpoints = endpoints
        self.configuration = configuration
        self.group = eventLoopGroup ?? MultiThreadedEventLoopGroup.singleton
        self.tracer = configuration.tracer
        self.metrics = configuration.metrics.map { ClientMetrics(factory: $0) }
        self.cells = BreakerCells(
            configuration: configuration, signals: self.signals, metrics: self.metrics)
        self.connection = Connection(
            endpoints: endpoints, configuration: configuration, eventLoop: self.group.next(),
            observer: FleetLink(
                cells: self.cells, signals: self.signals, configuration: configuration,
                metrics: self.metrics))
    }

    /// A client of the endpoints in `url`, separated by commas; nil: of what `BREAKERD_URL` says, else of the
    /// default places.
    ///
    /// - Throws: `badEndpoint`.
    public convenience init(
        url: String? = nil, configuration: Configuration = Configuration(),
        eventLoopGroup: (any EventLoopGroup)? = nil
    ) throws(BreakerError) {
        let endpoints =
            if let url { try Endpoint.list(url) } else { try Endpoint.fromEnvironment() }
        self.init(endpoints: endpoints, configuration: configuration, eventLoopGroup: eventLoopGroup)
    }

    /// Returns when everything that guarded calls have left for later is counted, and its timers are armed:
    /// for tests under a manual clock.
    @discardableResult
    package func settle() async -> LinkStatus { await self.connection.settle() }

    /// Outcomes of guarded calls that were counted and then lost: what did not fit while the daemon was away,
    /// and what it did not take.
    public var droppedOutcomes: UInt64 { self.signals.droppedOutcomes }

    /// Tells the daemon what was counted and lets what was sent be answered, both together for at most
    /// `Configuration.shutdownDeadline`, and closes. Later
    /// requests fail with `shutDown`; guarded calls go on under `Configuration.onUnavailable`. Watches end.
    public func shutdown() async {
        self.watches.shutdown()
        await self.connection.shutdown()
    }
}
