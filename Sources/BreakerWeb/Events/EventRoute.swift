import BreakerServer
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOPosix
import Synchronization

/// `GET events`: the changes of breakers as server-sent events, after a snapshot, or after what the browser
/// had seen. Each viewer has a watch of its own, with the bounds of every watch; what all breakers count is
/// told to all who want it from one text.
final class EventRoute: Sendable {
    /// Viewers at a time.
    private static let mostViewers = 2_000

    private let door: InnerDoor
    private let loop: WebLoop
    private let viewers = Atomic<Int>(0)
    private let audience: CountsAudience

    init(door: InnerDoor, loop: WebLoop) {
        (self.door, self.loop) = (door, loop)
        self.audience = CountsAudience(door, loop)
    }

    func add(to router: RouterGroup<WebContext>) {
        router.get("events") { request, context in try self.answer(request, over: context.channel) }
    }

    /// Once all viewers have gone.
    func stop() async { await self.audience.stop() }

    private func answer(_ request: Request, over channel: any Channel) throws(WebError) -> Response {
        let isOfAll = request.uri.queryParameters.getAll("match").isEmpty
        let wantsCounts = request.uri.queryParameters.get("counts") == "true"
        let joins = isOfAll && wantsCounts && self.door.tellsCounts
        let watch = try EventRoute.watch(request, counting: !joins)
        // Only what is told to many is worth compressing.
        let encoding = joins ? EventEncoding(accepted: request.headers) : .identity
        let count = self.viewers.add(1, ordering: .relaxed).newValue
        guard count <= EventRoute.mostViewers else {
            self.viewers.subtract(1, ordering: .relaxed)
            throw WebError(.tooManyRequests, "limit", "\(EventRoute.mostViewers) are looking already")
        }
        return Response(
            status: .ok,
            headers: EventRoute.headers(encoding),
            body: ResponseBody { writer in
                defer { self.viewers.subtract(1, ordering: .relaxed) }
                // A viewer that goes is noticed although nothing is to be told.
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    if joins {
                        try await self.followAll(watch, &writer, encoding, over: channel)
                    } else {
                        try await self.follow(watch, &writer)
                    }
                }
                try await writer.finish(nil)
            })
    }

    /// Tells a viewer what comes, until either side ends.
    private func follow(_ watch: String, _ writer: inout any ResponseBodyWriter) async throws {
        var output = writer
        try await self.connect().executeThenClose { lines, requests in
            try await requests.write(ByteBuffer(string: watch))
            var events = EventStream()
            for try await line in lines {
                if let event = events.event(line) { try await output.write(event) }
            }
        }
    }

    /// The same for a viewer of all breakers who wants counts.
    private func followAll(
        _ watch: String, _ writer: inout any ResponseBodyWriter, _ encoding: EventEncoding,
        over channel: any Channel
    ) async throws {
        var output = writer
        if let head = encoding.head { try await output.write(head) }
        let seat = try await self.audience.join(channel, encoding)
        let outcome = await self.outcome {
            try await self.connect().executeThenClose { lines, requests in
                try await requests.write(ByteBuffer(string: watch))
                var events = EventStream()
                for try await line in lines {
                    let wasSynced = events.isSynced
                    let event = events.event(line)
                    // Counts are of breakers that it has been told of.
                    if wasSynced, !events.isSynced { try await self.audience.set(seat, isSynced: false) }
                    if let event { try await output.write(encoding.own(event)) }
                    if !wasSynced, events.isSynced { try await self.audience.set(seat, isSynced: true) }
                }
            }
        }
        try await self.audience.leave(seat)
        try outcome.get()
    }

    private func outcome(_ body: () async throws -> Void) async -> Result<Void, any Error> {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }

    private static func headers(_ encoding: EventEncoding) -> HTTPFields {
        var headers: HTTPFields = [
            .contentType: "text/event-stream", .cacheControl: "no-store", .vary: "Accept-Encoding",
        ]
        if encoding != .identity { headers[.contentEncoding] = encoding.rawValue }
        return headers
    }

    private func connect() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: self.loop.group)
            .withConnectedSocket(try await self.door.open()) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(LineDecoder()))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// The request of a viewer's watch.
    ///
    /// - Parameter counting: whether the watch is to tell counts, where they are wanted.
    private static func watch(_ request: Request, counting: Bool) throws(WebError) -> String {
        let globs = request.uri.queryParameters.getAll("match").map { JSONText.quoted($0) }
        let names = globs.isEmpty ? "\"*\"" : globs.joined(separator: ",")
        let since = request.headers[.lastEventID].flatMap { UInt64($0) }.map { ",\"since\":\($0)" } ?? ""
        let wanted = counting ? request.uri.queryParameters.get("counts") : nil
        let counts = wanted.map { ",\"counts\":\(JSONText.literal($0))" } ?? ""
        return "{\"op\":\"watch\",\"id\":0,\"breakers\":[\(names)]\(since)\(counts)}\n"
    }
}
