import BreakerWire

/// What the daemon says of itself when a connection begins.
struct Hello: Hashable, Sendable {
    /// The wire version that this client speaks.
    static let wireVersion = 1

    let server: String
    let heartbeat: Duration
    /// Elements of one batch of reports, at most.
    let batch: Int

    /// - Throws: `unsupported` for another protocol, `malformedReply`.
    init(_ reply: Reply) throws(BreakerError) {
        let version = try reply.integer("protocol")
        guard version == Hello.wireVersion else {
            throw BreakerError(.unsupported, "the daemon speaks protocol \(version)", field: "protocol")
        }
        self.server = try reply.string("server")
        let heartbeat = try reply.span("heartbeat_ms")
        guard heartbeat >= .milliseconds(1) else { throw BreakerError.malformed("heartbeat_ms") }
        self.heartbeat = heartbeat
        self.batch = max(1, try reply.optionalNested("limits")?.optionalInteger("batch") ?? 1_000)
    }

    static func request(_ configuration: BreakerClient.Configuration) -> Request {
        Request("hello", deadline: configuration.connectDeadline) { line in
            line.field("protocol", Hello.wireVersion)
            line.object("client") { client in
                client.field("name", configuration.name)
                client.field("instance", configuration.instance)
                client.field("library", BreakerClient.library)
            }
        }
    }
}
