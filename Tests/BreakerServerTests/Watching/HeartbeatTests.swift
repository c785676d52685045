import Logging
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

    @Test("Within the daemon every third is heard, from without each")
    func inner() async throws {
        let server = try await TestServer()
        let group = MultiThreadedEventLoopGroup.singleton
        let door = InnerDoor(service: server.service, group: group, logger: Logger(label: "test"))
        let (outer, inner) = (try server.connect(), TestClient(connected: try await door.open()))
        for watcher in [outer, inner] {
            try watcher.send(#"{"op":"watch","id":1,"breakers":["b"]}"# + "\n")
            while let line = try await watcher.line(), line.field("event") as? String != "synced" {}
        }
        for turn in 1...6 {
            for loop in group.makeIterator() {
                let hub = server.service.hubs.hub(of: loop)
                try await loop.flatSubmit { hub.heartbeat(turn: turn) }.get()
            }
        }
        #expect(try await self.heartbeats(of: outer) == 6)
        #expect(try await self.heartbeats(of: inner) == 2)
        await server.stop()
    }

    /// How many came until now.
    private func heartbeats(of watcher: TestClient) async throws -> Int {
        try watcher.send(#"{"op":"ping","id":2}"# + "\n")
        var count = 0
        while let line = try await watcher.line(), line.field("ok") == nil {
            if line.field("event") as? String == "heartbeat" { count += 1 }
        }
        return count
    }
}
