import BreakerCore
import Foundation
import Testing

@testable import BreakerServer

@Suite("A connection", .serialized)
struct ConnectionTests {
    @Test("Half-closed, it still gets every reply, however slowly it reads")
    func halfClose() async throws {
        var limits = Limits()
        limits.outputBytes = 4_194_304
        let server = try await TestServer(limits: limits)
        for number in 0..<500 { try server.engine.acquire("b\(number)") }
        let client = try server.connect()
        for id in 0..<20 { try client.send(#"{"op":"list","id":\#(id),"limit":500}"# + "\n") }
        client.endInput()
        let lines = try await client.lines()
        #expect(lines.map { $0.field("id") as? Int } == Array(0..<20))
        await server.stop()
    }

    @Test("A command that waits for the disk is answered before a half-closed connection ends")
    func halfCloseWithCommand() async throws {
        let server = try await TestServer()
        let client = try server.connect()
        try client.send(#"{"op":"trip","id":1,"breaker":"b"}"# + "\n" + #"{"op":"ping","id":2}"#)
        client.endInput()
        #expect(Set(try await client.lines().compactMap { $0.field("id") as? Int }) == [1, 2])
        await server.stop()
    }

    @Test("Requests that end watches are taken while the output is full of their events")
    func unwatchAmidEvents() async throws {
        var limits = Limits()
        limits.outputBytes = 16_384
        let server = try await TestServer(limits: limits)
        for number in 0..<800 { try server.engine.acquire("b\(number)") }
        let client = try server.connect()
        var text = ""
        for id in 0..<60 {
            let (watch, other) = (1_000 + id % 16, 1_000 + (id + 7) % 16)
            text += #"{"op":"watch","id":\#(watch),"breakers":["*"]}"# + "\n"
            text += #"{"op":"unwatch","id":\#(id),"watch":\#(other)}"# + "\n"
        }
        try client.send(text + #"{"op":"ping","id":"end"}"# + "\n")
        while let line = try await client.line() {
            if line.field("id") as? String == "end" { break }
        }
        await server.stop()
    }

    @Test("A request that follows clock.advance in the same write sees the new time")
    func advance() async throws {
        let server = try await TestServer()
        let client = try server.connect()
        try client.send(
            #"{"op":"trip","id":1,"breaker":"b","for_ms":1000}"# + "\n" + #"{"op":"ping","id":2}"# + "\n")
        #expect(
            Set([try await client.line(), try await client.line()].compactMap { $0?.field("id") as? Int })
                == [1, 2])
        try client.send(
            #"{"op":"clock.advance","id":3,"ms":500}"# + "\n" + #"{"op":"acquire","id":4,"breaker":"b"}"#
                + "\n")
        let replies = [try await client.line(), try await client.line()].compactMap { $0 }
        let acquired = replies.first { $0.field("id") as? Int == 4 }
        #expect(acquired?.field("retry_after_ms") as? Int == 500)
        await server.stop()
    }

    @Test("A line has at most its limit, its line feed included", arguments: [65_535, 65_536, 65_537])
    func lineLimit(length: Int) async throws {
        let server = try await TestServer()
        let client = try server.connect()
        let request = #"{"op":"ping","id":1}"#
        let line = request + String(repeating: " ", count: length - request.utf8.count - 1) + "\n"
        try client.send("\r\n\n" + line.prefix(40_000))
        try client.send(String(line.dropFirst(40_000)) + #"{"op":"ping","id":2}"# + "\r\n")
        client.endInput()
        let lines = try await client.lines()
        if length <= 65_536 {
            #expect(lines.map { $0.field("id") as? Int } == [1, 2])
        } else {
            #expect(lines.count == 1 && lines[0].contains("too_long"))
        }
        await server.stop()
    }

    @Test("When it ends its probes are lost, and nothing of it is left behind")
    func end() async throws {
        let server = try await TestServer()
        _ = await server.engine.perform(.trip(for: .seconds(1)), on: "b")
        server.engine.advance(by: .seconds(1))
        do {
            let client = try server.connect()
            try client.send(#"{"op":"acquire","id":1,"breaker":"b"}"# + "\n")
            #expect(try await client.line()?.field("permit") != nil)
            try client.send(#"{"op":"sessions","id":2}"# + "\n")
            let sessions = try await client.line()?.field("sessions") as? [[String: Any]]
            #expect(sessions?.first?["permits"] as? Int == 1)
            #expect(sessions?.first?["requests"] as? Int == 2)
        }
        while server.service.sessions.count > 0 { await Task.yield() }
        #expect(try server.engine.view("b").breaker.totals.lostProbes == 1)
        #expect(server.engine.permitsBySession().isEmpty)
        await server.stop()
    }

    @Test("A request that fails counts as one request")
    func counting() async throws {
        let server = try await TestServer()
        let client = try server.connect()
        try client.send(#"{"op":"release","id":1,"breaker":"none","permit":"1.1"}"# + "\n")
        _ = try await client.line()
        try client.send(#"{"op":"sessions","id":2}"# + "\n")
        let sessions = try await client.line()?.field("sessions") as? [[String: Any]]
        #expect(sessions?.first?["requests"] as? Int == 2)
        await server.stop()
    }

    @Test("One more than the limit is told so and closed")
    func limit() async throws {
        var limits = Limits()
        limits.connections = 1
        let server = try await TestServer(limits: limits)
        let first = try server.connect()
        try first.send(#"{"op":"ping","id":1}"# + "\n")
        _ = try await first.line()
        let lines = try await server.connect().lines()
        #expect(lines.count == 1 && lines[0].contains("\"limit\""))
        await server.stop()
    }

    @Test("A stopping daemon answers what was read, refuses what comes later and closes")
    func drain() async throws {
        let server = try await TestServer()
        let client = try server.connect()
        try client.send(#"{"op":"trip","id":1,"breaker":"b"}"# + "\n" + #"{"op":"ping","id":2}"# + "\n")
        #expect(try await client.line() != nil)
        async let stopped: Void = server.stop()
        #expect(try await client.line() != nil)
        #expect(try await client.lines().allSatisfy { $0.contains("draining") })
        await stopped
        #expect(server.service.sessions.count == 0)
    }
}
