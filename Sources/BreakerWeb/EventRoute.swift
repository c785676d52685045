import BreakerServer
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOPosix
import Synchronization

/// `GET events`: the changes of breakers as server-sent events, after a snapshot, or after what the browser
/// had seen. Each viewer has a watch of its own, with the bounds of every watch.
final class EventRoute: Sendable {
    /// Viewers at a time.
    private static let mostViewers = 2_000

    private let door: InnerDoor
    private let group: MultiThreadedEventLoopGroup
    private let viewers = Atomic<Int>(0)

    init(door: InnerDoor, group: MultiThreadedEventLoopGroup) {
        (self.door, self.group) = (door, group)
    }

    func add(to router: RouterGroup<BasicRequestContext>) {
        router.get("events") { request, _ in try self.answer(request) }
    }

    private func answer(_ request: Request) throws(WebError) -> Response {
        let watch = try EventRoute.watch(request)
        let count = self.viewers.add(1, ordering: .relaxed).newValue
        guard count <= EventRoute.mostViewers else {
            self.viewers.subtract(1, ordering: .relaxed)
            throw WebError(.tooManyRequests, "limit", "\(EventRoute.mostViewers) are looking already")
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                defer { self.viewers.subtract(1, ordering: .relaxed) }
                // A viewer that goes is noticed although nothing is to be told.
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    try await self.follow(watch, &writer)
                }
                try await writer.finish(nil)
            })
    }

    /// Tells a viewer what comes, until either side ends.
    private func follow(_ watch: String, _ writer: inout any ResponseBodyWriter) async throws {
        let connection = try await ClientBootstrap(group: self.group)
            .withConnectedSocket(try await self.door.open()) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(LineDecoder()))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        var output = writer
        try await connection.executeThenClose { lines, requests in
            try await requests.write(ByteBuffer(string: watch))
            var events = EventStream()
            for try await line in lines {
                if let event = events.event(line) { try await output.write(event) }
            }
        }
    }

    /// The request of a viewer's watch.
    private static func watch(_ request: Request) throws(WebError) -> String {
        let globs = request.uri.queryParameters.getAll("match").map { JSONText.quoted($0) }
        let names = globs.isEmpty ? "\"*\"" : globs.joined(separator: ",")
        let since = request.headers[.lastEventID].flatMap { UInt64($0) }.map { ",\"since\":\($0)" } ?? ""
        let counts =
            request.uri.queryParameters.get("counts").map { ",\"counts\":\(JSONText.literal($0))" } ?? ""
        return "{\"op\":\"watch\",\"id\":0,\"breakers\":[\(names)]\(since)\(counts)}\n"
    }
}

/// Lines of a watch as server-sent events.
struct EventStream {
    /// Before that the revisions are those of the breakers' last changes: who came back with one of them
    /// would miss others.
    private var isSynced = false

    /// Bytes of a line that hold its `watch`, `event` and `revision`, which come first.
    private static let headBytes = 128

    /// Nil: nothing is to be told.
    mutating func event(_ line: ByteBuffer) -> ByteBuffer? {
        // Lines of counts are long, and there may be a thousand viewers: only the beginning becomes text.
        let head = String(decoding: line.readableBytesView.prefix(EventStream.headBytes), as: UTF8.self)
        guard head.hasPrefix("{\"watch\":") else {
            // The answer to the request, of which only a refusal is news.
            return head.contains("\"ok\":false") ? EventStream.event("event: refused\n", line) : nil
        }
        let kind = EventStream.value(of: "event", in: head) ?? "state"
        if kind == "synced" { self.isSynced = true }
        if kind == "reset" { self.isSynced = false }
        let id = self.isSynced ? EventStream.number(of: "revision", in: head).map { "id: \($0)\n" } : nil
        return EventStream.event("\(id ?? "")event: \(kind)\n", line)
    }

    private static func event(_ fields: String, _ line: ByteBuffer) -> ByteBuffer {
        var event = ByteBuffer()
        event.reserveCapacity(fields.utf8.count + line.readableBytes + 8)
        event.writeString("\(fields)data: ")
        event.writeImmutableBuffer(line)
        event.writeString("\n\n")
        return event
    }

    private static func value(of name: String, in line: String) -> String? {
        line.firstRange(of: "\"\(name)\":\"").map { String(line[$0.upperBound...].prefix { $0 != "\"" }) }
    }

    private static func number(of name: String, in line: String) -> String? {
        line.firstRange(of: "\"\(name)\":").map { String(line[$0.upperBound...].prefix(while: \.isNumber)) }
    }
}
