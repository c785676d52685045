import BreakerCore
import Foundation
import Synchronization
import Testing

@testable import BreakerServer

/// What one watcher was told, held against what the feed says happened.
private struct Told {
    var revisions: [String: Int] = [:]
    var states: [String: String] = [:]
    var isSynced = false
    var resets = 0
    var last = 0
    /// Revisions of changes since the last `synced`, and the revision that it named.
    var since: [Int] = []
    var syncedAt = 0

    mutating func take(_ line: String) {
        let revision = line.field("revision") as? Int ?? 0
        switch line.field("event") as? String {
        case "state", "forgotten":
            guard let name = line.field("breaker") as? String else { return }
            #expect(revision > self.revisions[name] ?? 0, "a change told twice or out of order: \(line)")
            if self.isSynced {
                #expect(revision > self.last, "out of order: \(line)")
                self.last = revision
                self.since.append(revision)
            }
            self.revisions[name] = revision
            self.states[name] = line.field("state") as? String
        case "synced":
            (self.isSynced, self.last, self.syncedAt, self.since) = (true, revision, revision, [])
        case "reset":
            (self.isSynced, self.revisions, self.states) = (false, [:], [:])
            self.resets += 1
        default: break
        }
    }
}

@Suite("Watchers", .serialized)
struct WatchModelTests {
    @Test(
        "A watcher is told every change once and in order, whatever changes while it reads", arguments: 1...6)
    func model(seed: UInt64) async throws {
        print("seed \(seed)")
        var limits = Limits()
        limits.outputBytes = seed % 2 == 0 ? 16_384 : 1_048_576
        let server = try await TestServer(limits: limits)
        let engine = server.engine
        for number in 0..<400 { try engine.acquire("b\(number)") }
        let changers = (0..<3).map { changer in
            Task.detached { try await Self.change(engine, seed: seed &* 31 &+ UInt64(changer)) }
        }
        let client = try server.connect()
        // A glob that leaves some out: their changes must not be told.
        try client.send(#"{"op":"watch","id":"w","breakers":["b1*","b2*"]}"# + "\n")
        try client.send(#"{"op":"watch","id":"all","breakers":["*"]}"# + "\n")
        try client.send(#"{"op":"watch","id":"names","breakers":["b1","b7","b399","nobody"]}"# + "\n")
        var told = ["w": Told(), "all": Told(), "names": Told()]
        let done = Mutex(false)
        let finish = Task {
            for changer in changers { try await changer.value }
            done.withLock { $0 = true }
        }
        var target: Int?
        while told.values.contains(where: { $0.last < target ?? .max || !$0.isSynced }) {
            if target == nil, done.withLock({ $0 }) {
                try await finish.value
                _ = await engine.perform(.override(.open, ttl: nil), on: "b1")
                target = Int(engine.feed.revision)
            }
            guard let line = try await client.line() else { break }
            let watch = line.field("watch") as? String ?? line.field("id") as? String ?? ""
            told[watch, default: Told()].take(line)
        }
        try self.check(#require(told["w"]), engine, matching: ["b1*", "b2*"])
        try self.check(#require(told["all"]), engine, matching: ["*"])
        try self.check(#require(told["names"]), engine, matching: ["b1", "b7", "b399"])
        let resets = told.values.reduce(0) { $0 + $1.resets }
        print("seed \(seed): resets \(resets), revision \(engine.feed.revision)")
        await server.stop()
    }

    @Test("A watcher that returns gets exactly the changes that it missed")
    func resume() async throws {
        let server = try await TestServer()
        try server.engine.acquire("b")
        let since = server.engine.feed.revision
        _ = await server.engine.perform(.override(.open, ttl: nil), on: "b")
        _ = await server.engine.perform(.override(nil, ttl: nil), on: "b")
        let client = try server.connect()
        try client.send(#"{"op":"watch","id":1,"breakers":["b"],"since":\#(since)}"# + "\n")
        client.endInput()
        let lines = try await client.lines()
        #expect(lines.first?.field("mode") as? String == "resume")
        #expect(lines.compactMap { $0.field("event") as? String } == ["state", "state", "synced"])
        #expect(lines.compactMap { $0.field("revision") as? Int } == [2, 3, 3])
        await server.stop()
    }

    @Test(
        "A revision of no life of this daemon, or too long ago, leads to a snapshot", arguments: [0, 99_999])
    func lost(since: Int) async throws {
        let server = try await TestServer()
        for number in 0...ChangeFeed.capacity { try server.engine.acquire("b\(number)") }
        let client = try server.connect()
        try client.send(#"{"op":"watch","id":1,"breakers":["b1?"],"since":\#(since)}"# + "\n")
        client.endInput()
        let lines = try await client.lines()
        #expect(lines.first?.field("mode") as? String == "snapshot")
        #expect(lines.count { $0.field("event") as? String == "state" } == 10)
        #expect(lines.last?.field("event") as? String == "synced")
        await server.stop()
    }

    private func check(_ told: Told, _ engine: Engine, matching patterns: [String]) throws {
        let globs = try patterns.map { try #require(Glob($0)) }
        for number in 0..<400 {
            let name = "b\(number)"
            guard globs.contains(where: { $0.matches(name) }) else {
                #expect(told.states[name] == nil)
                continue
            }
            #expect(told.states[name] == (try engine.view(name).breaker.state.rawValue), "\(name)")
        }
        // The ring holds the latest changes: each that matches was told, and none but those.
        let revision = engine.feed.revision
        let first = max(told.syncedAt, Int(revision) - ChangeFeed.capacity)
        guard case .changes(let changes) = engine.feed.read(after: UInt64(first), limit: .max) else {
            return
        }
        let expected = changes.filter { change in globs.contains { $0.matches(change.breaker) } }
        #expect(told.since.filter { $0 > first } == expected.map { Int($0.revision) })
    }

    /// Changes some breakers: overrides set and cleared, trips, resets.
    private static func change(_ engine: Engine, seed: UInt64) async throws {
        var random = SplitMix(state: seed)
        for _ in 0..<4_000 {
            let name = "b\(random.next() % 400)"
            let actions: [OperatorCommand.Action] = [
                .override(.open, ttl: nil), .override(.closed, ttl: nil), .override(nil, ttl: nil),
                .trip(for: .seconds(1)), .reset,
            ]
            let command = OperatorCommand(
                breaker: name, action: actions[Int(random.next() % 5)], actor: nil, note: nil,
                expectedGeneration: nil)
            engine.perform(command, at: engine.clock.now()) { _ in }
            if random.next() % 64 == 0 { await Task.yield() }
        }
    }
}
