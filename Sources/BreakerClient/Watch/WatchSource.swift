import NIOCore

/// What an iterator needs to begin its watch.
struct WatchSource: Sendable {
    let client: BreakerClient
    let patterns: [String]
    let since: UInt64?
    let counts: Bool

    /// Begins a watch over a connection of its own.
    func start() -> WatchSubscription {
        let buffer = WatchBuffer(capacity: self.client.configuration.watchBuffer)
        let loop = self.client.group.next()
        let driver = WatchDriver(
            patterns: self.patterns, since: self.since, counts: self.counts, buffer: buffer, loop: loop,
            clock: self.client.configuration.clock)
        let connection = Connection(
            endpoints: self.client.endpoints, configuration: self.client.configuration, eventLoop: loop,
            observer: driver)
        self.client.watches.add(buffer)
        connection.open()
        return WatchSubscription(connection: connection, buffer: buffer)
    }
}

/// One watch as its iterator holds it; dropping it ends the watch.
final class WatchSubscription: Sendable {
    private let connection: Connection
    private let buffer: WatchBuffer

    init(connection: Connection, buffer: WatchBuffer) {
        self.connection = connection
        self.buffer = buffer
    }

    deinit { self.buffer.end(with: nil) }

    /// The next event; nil once the watch has ended.
    func next() async throws(BreakerError) -> WatchDelivery? {
        let (result, resumes) = await self.buffer.next()
        if resumes { self.connection.resumeReading() }
        return try result.get()
    }
}
