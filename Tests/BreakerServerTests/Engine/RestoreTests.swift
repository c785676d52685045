import BreakerCore
import Foundation
import Synchronization
import Testing

@testable import BreakerServer
@testable import BreakerStore

@Suite("Coming back from disk")
struct RestoreTests {
    @Test("Many breakers come back once each, every one with its state, its wish and its policy")
    func many() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = folder.appendingPathComponent("breakers").path
        // More than a part for each of several threads, and a part that is not full.
        let names = (0..<20_001).map { "service\($0)/endpoint" }
        let first = try TestEngine(database: database)
        for name in names { try first.engine.acquire(name) }
        _ = await first.engine.perform(.trip(for: .hours(1)), on: names[7])
        _ = try first.engine.declare(names[8], patch(.minCalls, .integer(5)), at: first.engine.clock.now())
        first.engine.flushCounters()
        #expect(await first.store.close(wallMilliseconds: DaemonClock.manualWallStart))

        let match = try #require(Glob("service1*"))
        let rule = PolicyBook.Rule(match: match, patch: try patch(.minCalls, .integer(33)))
        let engine = try TestEngine(database: database, policies: [rule]).engine
        #expect(engine.breakerCount.load(ordering: .relaxed) == names.count)
        for name in names {
            let view = try engine.view(name)
            let isMatched = name.hasPrefix("service1")
            let minCalls = isMatched ? 33 : name == names[8] ? 5 : Policy.default.minCalls
            if view.breaker.state != (name == names[7] ? .open : .closed) { Issue.record("state of \(name)") }
            if view.policy.minCalls != minCalls { Issue.record("policy of \(name)") }
        }
        #expect(engine.earliestDeadline() != nil)
    }

    @Test("The text of a policy is written once, until a rule changes, and for each wish")
    func policyTexts() async throws {
        let engine = try TestEngine().engine
        let written = Mutex(0)
        func text(_ name: String) throws -> [UInt8] {
            try engine.effectivePolicy(for: name) { policy, origins in
                written.withLock { $0 += 1 }
                return Array("\(policy.minCalls) \(origins[.minCalls]?.source.rawValue ?? "")".utf8)
            }
        }
        for name in ["a", "b", "a"] { #expect(try text(name) == Array("20 default".utf8)) }
        #expect(written.withLock(\.self) == 1)
        _ = try engine.declare("a", patch(.minCalls, .integer(5)), at: engine.clock.now())
        #expect(try text("a") == Array("5 declared".utf8))
        #expect(try text("b") == Array("20 default".utf8))
        let match = try #require(Glob("a*"))
        let command = PolicyCommand(
            match: match, patch: try patch(.minCalls, .integer(7)), actor: nil, note: nil,
            expectedRevision: nil)
        await withCheckedContinuation { done in engine.perform(command) { _ in done.resume() } }
        #expect(try text("a") == Array("7 operator".utf8))
        #expect(try text("b") == Array("20 default".utf8))
        engine.replaceFilePolicies([
            PolicyBook.Rule(match: try #require(Glob("b")), patch: try patch(.minCalls, .integer(9)))
        ])
        #expect(try text("b") == Array("9 file".utf8))
    }

    private func patch(_ field: PolicyField, _ value: PolicyValue) throws -> PolicyPatch {
        var patch = PolicyPatch()
        try patch.set(field, to: value)
        return patch
    }
}
