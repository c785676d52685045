import NIOCore
import NIOPosix
import Testing

@testable import BreakerServer

@Suite("Heartbeats")
struct HeartbeatTests {
    @Test("Every one of many watchers hears a heartbeat")
    func many() async throws {
        let server = try await TestServer()
        var watchers: [TestClient] = []
        for number in 0..<600 {
            let watcher = try server.connect()
            try watcher.send(#"{"op":"watch","id":\#(number),"breakers":["b"]}"# + "\n")
            watchers.append(watcher)
        }
        for watcher in watchers {
            while let line = try await watcher.line(), line.field("event") as? String != "synced" {}
        }
        try await server.service.hubs.heartbeat(with: nil, on: MultiThreadedEventLoopGroup.singleton.next())
            .get()
        for watcher in watchers {
            #expect(try await watcher.line()?.field("event") as? String == "heartbeat")
        }
        await server.stop()
    }

    @Test("A heartbeat without watchers is over at once")
    func none() async throws {
        let server = try await TestServer()
        try await server.service.hubs.heartbeat(with: nil, on: MultiThreadedEventLoopGroup.singleton.next())
            .get()
        await server.stop()
    }

    @Test("A watcher that leaves amid a heartbeat keeps the others from nothing")
    func leaving() async throws {
        let server = try await TestServer()
        var watchers: [TestClient] = []
        for _ in 0..<300 {
            let watcher = try server.connect()
            try watcher.send(#"{"op":"watch","id":1,"breakers":["b"]}"# + "\n")
            watchers.append(watcher)
        }
        for watcher in watchers {
            while let line = try await watcher.line(), line.field("event") as? String != "synced" {}
        }
        let beat = server.service.hubs.heartbeat(with: nil, on: MultiThreadedEventLoopGroup.singleton.next())
        watchers.removeFirst(150)
        try await beat.get()
        for watcher in watchers {
            #expect(try await watcher.line()?.field("event") as? String == "heartbeat")
        }
        await server.stop()
    }
}
