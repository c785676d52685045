import BreakerCore
import GRDB
import Synchronization
import Testing

@testable import BreakerServer
@testable import BreakerStore

@Suite("The engine")
struct EngineTests {
    @Test("Commands that follow each other and fail together leave the breaker as it was")
    func undoChain() async throws {
        let inside = try TestEngine()
        let engine = inside.engine
        try engine.acquire("b")
        let results = await Self.failing(inside.store) { done in
            for mode in [Override.Mode.open, .disabled] {
                let command = OperatorCommand(
                    breaker: "b", action: .override(mode, ttl: nil), actor: nil, note: nil,
                    expectedGeneration: nil)
                engine.perform(command, at: engine.clock.now()) { done((try? $0.get()) != nil) }
            }
        }
        #expect(results == [false, false])
        let breaker = try engine.view("b").breaker
        #expect(breaker.override == nil)
        #expect(breaker.state == .closed)
        #expect(breaker.generation > 3)
    }

    @Test("Changes of one rule that fail together leave the rule as it was")
    func undoPolicies() async throws {
        let inside = try TestEngine()
        let engine = inside.engine
        let results = try await Self.failing(inside.store) { done in
            for openFor in ["1s", "2s"] {
                var patch = PolicyPatch()
                try patch.set(.openFor, to: .text(openFor))
                let command = PolicyCommand(
                    match: try #require(Glob("b*")), patch: patch, actor: nil, note: nil,
                    expectedRevision: nil)
                engine.perform(command) { done((try? $0.get()) != nil) }
            }
        }
        #expect(results == [false, false])
        #expect(engine.policies().rules.isEmpty)
        let text = try engine.effectivePolicy(for: "b1") { policy, _ in [policy == .default ? 1 : 0] }
        #expect(text == [1])
    }

    @Test("Declaring one policy after the other piles nothing up")
    func declareChurn() throws {
        let engine = try TestEngine().engine
        for count in 1...2_000 {
            var patch = PolicyPatch()
            try patch.set(.minCalls, to: .integer(count))
            let view = try engine.declare("b", patch, at: engine.clock.now())
            #expect(view.policy.minCalls == count)
        }
        engine.table.forEachShard { shard in #expect(shard.policies.count <= 66) }
    }

    @Test("A forgotten breaker comes back with a higher generation, and its old timer does nothing")
    func forgetting() async throws {
        let engine = try TestEngine().engine
        _ = await engine.perform(.trip(for: .seconds(5)), on: "b")
        let before = try engine.view("b").breaker.generation
        _ = await engine.perform(.reset, on: "b")
        engine.advance(by: .days(2))
        #expect(throws: EngineError.self) { try engine.view("b") }
        try engine.acquire("b")
        #expect(try engine.view("b").breaker.generation > before + 1)
        engine.advance(by: .seconds(10))
        #expect(try engine.view("b").breaker.state == .closed)
    }

    @Test("The limit of breakers holds, and forgetting makes room")
    func limit() throws {
        var limits = Limits()
        limits.breakers = 3
        let engine = try TestEngine(limits: limits).engine
        for name in ["a", "b", "c"] { try engine.acquire(name) }
        #expect(throws: EngineError.self) { try engine.acquire("d") }
        engine.advance(by: .days(2))
        #expect(throws: Never.self) { try engine.acquire("d") }
    }

    @Test("Instances beyond the limit push out those heard longest ago")
    func sequences() {
        let sequences = InstanceSequences([], limit: 100)
        for number in 1...1_000 { #expect(sequences.take(7, from: "i\(number)")) }
        #expect(!sequences.take(7, from: "i1000"))
        #expect(sequences.take(7, from: "i1"))
    }

    /// Runs commands that go into one transaction, which fails as on a full disk.
    private static func failing(
        _ store: Store, _ commands: (@escaping @Sendable (Bool) -> Void) throws -> Void
    ) async rethrows -> [Bool] {
        let (gate, results) = (AsyncStream<Void>.makeStream(), AsyncStream<Bool>.makeStream())
        let isOpen = Mutex(false)
        store.onThread { database in
            try? database.get().execute(sql: "PRAGMA query_only = 1")
            gate.continuation.yield()
            while !isOpen.withLock({ $0 }) {}
        }
        for await _ in gate.stream { break }
        defer { isOpen.withLock { $0 = true } }
        try commands { results.continuation.yield($0) }
        isOpen.withLock { $0 = true }
        var answers: [Bool] = []
        for await result in results.stream {
            answers.append(result)
            if answers.count == 2 { break }
        }
        return answers
    }
}
