// A daemon that says what the test tells it to say: the test takes each line that the client sends and writes
// each answer, so that nothing depends on time.

import BreakerClient
import BreakerWire
import NIOCore
import NIOPosix
import Synchronization

final class ScriptedDaemon: Sendable {
    let path: String
    private let server: any Channel
    private let connections: Inbox<ScriptedConnection>

    var endpoint: Endpoint { .unix(path: self.path) }

    /// - Parameter path: of an earlier daemon that was stopped; nil: a new one.
    init(at path: String? = nil) async throws {
        let path = path ?? "/tmp/breaker-client-\(UInt64.random(in: 0 ... .max)).sock"
        let connections = Inbox<ScriptedConnection>()
        self.path = path
        self.connections = connections
        self.server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                let connection = ScriptedConnection(channel)
                connections.put(connection)
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Lines(connection))
                }
            }
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
    }

    /// The connections that the client has made since this was last asked.
    func takeConnections() -> [ScriptedConnection] { self.connections.takeAll() }

    /// The next connection that the client makes.
    func accept() async throws -> ScriptedConnection {
        guard let connection = await self.connections.next() else { throw Missing("a connection") }
        return connection
    }

    /// The next connection, with `hello` answered.
    func greet() async throws -> ScriptedConnection {
        let connection = try await self.accept()
        try await connection.hello()
        return connection
    }

    func stop() async throws {
        self.connections.close()
        try await self.server.close().get()
    }

    /// Splits what the client sends.
    private final class Lines: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let connection: ScriptedConnection
        private var rest = ByteBuffer()

        init(_ connection: ScriptedConnection) { self.connection = connection }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = self.unwrapInboundIn(data)
            self.rest.writeBuffer(&bytes)
            while let end = self.rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                let length = end - self.rest.readerIndex
                self.connection.lines.put(self.rest.readString(length: length) ?? "")
                self.connection.countReceived()
                self.rest.moveReaderIndex(forwardBy: 1)
            }
        }

        func channelInactive(context: ChannelHandlerContext) { self.connection.lines.close() }
    }
}

/// One connection as the scripted daemon sees it.
final class ScriptedConnection: Sendable {
    let lines = Inbox<String>()
    private let channel: any Channel
    private let counts = Mutex((sent: 0, received: 0))

    init(_ channel: any Channel) { self.channel = channel }

    /// Lines so far, in both directions.
    var lineCounts: (sent: Int, received: Int) { self.counts.withLock { $0 } }

    fileprivate func countReceived() { self.counts.withLock { $0.received += 1 } }

    /// The next request, which must be `op`. A question for a policy that nobody expects is answered with the
    /// default.
    func expect(_ op: String) async throws -> Received {
        guard let line = await self.lines.next() else { throw Missing("\(op), but the client closed") }
        let request = try Received(line)
        if request["op"] == "policy.get", op != "policy.get" {
            self.reply(request, #""policy":{},"sources":{}"#)
            return try await self.expect(op)
        }
        guard request["op"] == .string(op) else { throw Missing("\(op), found \(line)") }
        return request
    }

    /// Nil when the client has closed.
    func next() async throws -> Received? {
        try await self.lines.next().map(Received.init)
    }

    @discardableResult
    func hello(heartbeat: Int = 5_000, protocol version: Int = 1) async throws -> Received {
        let request = try await self.expect("hello")
        let daemon = #""server":"scripted/1","epoch":1,"session":"s1","heartbeat_ms":\#(heartbeat)"#
        self.reply(request, #""protocol":\#(version),\#(daemon)"#)
        return request
    }

    /// Answers a request with success and these members.
    func reply(_ request: Received, _ members: String = "") {
        self.send(#"{"id":\#(request.id),"ok":true\#(members.isEmpty ? "" : ",")\#(members)}"#)
    }

    func refuse(_ request: Received, _ code: String, field: String? = nil) {
        let field = field.map { #","field":"\#($0)""# } ?? ""
        self.send(#"{"id":\#(request.id),"ok":false,"error":{"code":"\#(code)","message":"no"\#(field)}}"#)
    }

    func event(_ watch: Received, _ members: String) {
        self.send(#"{"watch":\#(watch.id),\#(members)}"#)
    }

    func send(_ line: String) { self.sendBytes(Array(line.utf8) + [UInt8(ascii: "\n")]) }

    func sendBytes(_ bytes: [UInt8]) {
        let lines = bytes.count { $0 == UInt8(ascii: "\n") }
        self.counts.withLock { $0.sent += lines }
        self.channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    func close() { self.channel.close(promise: nil) }
}

/// A request as the client sent it.
struct Received: Sendable {
    let text: String
    let object: JSONObject

    init(_ text: String) throws {
        let value = try Array(text.utf8).withUnsafeBytes { try JSONParser.parse($0) }
        guard case .object(let object) = value else { throw Missing("an object, found \(text)") }
        self.text = text
        self.object = object
    }

    subscript(key: String) -> JSONValue? { self.object[key] }

    /// -1 where there is none.
    var id: Int64 { if case .integer(let id)? = self.object["id"] { id } else { -1 } }
}

struct Missing: Error, CustomStringConvertible {
    let description: String

    init(_ what: String) { self.description = "expected \(what)" }
}
