import BreakerCore
import Foundation
import GRDB
import Testing

@testable import BreakerStore

/// A database that a released daemon left behind, in Fixtures/. `make.py` there makes one for a new schema.
struct Fixture: CustomTestStringConvertible, Sendable {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    /// `schema-SCHEMA-RELEASE.sqlite`.
    let file: URL
    let schema: Int

    /// All there are, oldest schema first.
    static let all: [Fixture] = {
        let files = try? FileManager.default.contentsOfDirectory(
            at: Fixture.folder, includingPropertiesForKeys: nil)
        return (files ?? []).compactMap(Fixture.init).sorted { $0.schema < $1.schema }
    }()

    private init?(file: URL) {
        let words = file.deletingPathExtension().lastPathComponent.split(separator: "-")
        guard file.pathExtension == "sqlite", words.count >= 3, words[0] == "schema",
            let schema = Int(words[1])
        else { return nil }
        self.file = file
        self.schema = schema
    }

    var testDescription: String { self.file.lastPathComponent }

    /// A copy to open: opening migrates, and the fixture itself stays as it was released.
    func copied() throws -> Folder {
        let folder = try Folder()
        try FileManager.default.copyItem(at: self.file, to: URL(fileURLWithPath: folder.file))
        return folder
    }
}

@Suite("Databases of every released schema")
struct FixtureTests {
    /// Seven seconds after the fixture began: when its daemon stopped.
    private let stopped = wall + 7_000
    private var anchor: ClockAnchor {
        ClockAnchor(now: Instant(nanoseconds: 5_000_000_000), wallMilliseconds: self.stopped)
    }

    private func load(_ fixture: Fixture) throws -> LoadedState {
        try reload(fixture.copied(), wallMilliseconds: self.stopped)
    }

    private func saved(_ name: String, of state: LoadedState) throws -> SavedBreaker {
        try #require(state.breaker(name), "\(name) is missing").savedBreaker(self.anchor)
    }

    private func patch(_ values: [PolicyField: PolicyValue]) throws -> PolicyPatch {
        var patch = PolicyPatch()
        for (field, value) in values { try patch.set(field, to: value) }
        return patch
    }

    @Test("Each schema that there ever was has a fixture, and each migration a schema")
    func complete() throws {
        #expect(Set(Fixture.all.map(\.schema)) == Set(1...Schema.version))
        #expect(Schema.migrator.migrations.count == Schema.version)
        for fixture in Fixture.all {
            let copy = try fixture.copied()
            let version = try DatabaseQueue(path: copy.file).read {
                try Int.fetchOne($0, sql: "PRAGMA user_version")
            }
            #expect(version == fixture.schema)
        }
    }

    @Test("It opens, is brought up to this version, and opens again", arguments: Fixture.all)
    func migrates(fixture: Fixture) throws {
        let folder = try fixture.copied()
        let first = try reload(folder, wallMilliseconds: self.stopped)
        #expect((first.epoch, first.era, first.generationFloor) == (3, 1, 1_000_001))
        #expect(first.skippedRows == 0)
        let second = try reload(folder, wallMilliseconds: self.stopped)
        #expect((second.epoch, second.era) == (4, 1))
        #expect(second.breakers.count == first.breakers.count)
        let version = try DatabaseQueue(path: folder.file).read {
            try Int.fetchOne($0, sql: "PRAGMA user_version")
        }
        #expect(version == Schema.version)
    }

    @Test("Breakers return with state, deadline, totals and reason", arguments: Fixture.all)
    func breakers(fixture: Fixture) throws {
        let state = try self.load(fixture)
        #expect(state.breakers.count == 10)
        let byRule = try self.saved("open/rule", of: state)
        #expect(byRule.generation == 1_000_003)
        // Tripped two seconds before the end, for 24 hours; one call was refused.
        var opening = Opening(until: self.anchor.now + .hours(24) + .seconds(-2), length: .hours(24))
        opening.refused = 1
        #expect(byRule.phase == .open(opening))
        #expect((byRule.totals.failure, byRule.totals.rejected, byRule.totals.late) == (3, 1, 1))
        guard case .consecutiveFailures(let evidence) = byRule.lastTrip?.reason else {
            Issue.record("not open by failures in a row")
            return
        }
        #expect((evidence.troubled, evidence.error) == (3, "ConnectTimeout"))
        let tripped = try self.saved("open/trip", of: state)
        #expect(tripped.phase.state == .open)
        #expect(tripped.lastTrip?.reason == .command(.init(.trip, actor: "ana", note: "drill")))
        let halfOpen = try self.saved("half-open", of: state)
        #expect(halfOpen.phase == .halfOpen(Probation(successes: 1)))
        #expect(halfOpen.totals.success == 1)
        #expect(try self.saved("cleared", of: state).phase == .closed)
        #expect(try self.saved("cleared", of: state).generation == 1_000_005)
    }

    @Test("Overrides return with mode, end, actor and reason", arguments: Fixture.all)
    func overrides(fixture: Fixture) throws {
        let state = try self.load(fixture)
        let end = self.anchor.now + .hours(24)
        #expect(
            try self.saved("forced/open", of: state).phase
                == .forced(Override(.open, until: end, actor: "ana", note: "INC-7")))
        #expect(try self.saved("forced/closed", of: state).phase == .forced(Override(.closed, actor: "bo")))
        #expect(try self.saved("forced/disabled", of: state).phase == .forced(Override(.disabled)))
    }

    @Test("Windows return with their counts", arguments: Fixture.all)
    func windows(fixture: Fixture) throws {
        let state = try self.load(fixture)
        let time = try self.saved("closed/time", of: state)
        let overTime = try #require(time.window?.counts(at: self.anchor.now))
        #expect((overTime.calls, overTime.failures, overTime.slow) == (11, 3, 1))
        #expect((overTime.reporters, overTime.failingReporters) == (1, 1))
        #expect((time.totals.success, time.totals.timeout, time.totals.ignored) == (8, 1, 1))
        #expect(time.consecutiveFailures == 3)
        let overCalls = try #require(
            self.saved("closed/count", of: state).window?.counts(at: self.anchor.now))
        #expect((overCalls.calls, overCalls.failures) == (5, 1))
        let batched = try self.saved("batched", of: state)
        #expect((batched.totals.success, batched.totals.failure) == (10, 2))
    }

    @Test("Rules, declarations and batch numbers return", arguments: Fixture.all)
    func rules(fixture: Fixture) throws {
        let state = try self.load(fixture)
        #expect(state.policyRevision == 4)
        #expect(state.policies.map(\.match) == [Glob("pay*"), Glob("search")])
        #expect(state.policies.map(\.actor) == ["ana", nil])
        #expect(state.policies.first?.reason == "INC-7")
        let rule = try self.patch([.failureRate: .number(0.3), .window: .text("30s"), .slowCall: .off])
        #expect(state.policies.first?.patch == rule)
        let declared = try self.patch([.window: .integer(5), .minCalls: .integer(5)])
        #expect(state.breaker("closed/count")?.declared == declared)
        #expect(state.sequences == [InstanceSequence(instance: "host7-42", sequence: 41)])
    }

    @Test("The history returns, and goes on after its last event", arguments: Fixture.all)
    func history(fixture: Fixture) async throws {
        let folder = try fixture.copied()
        let (store, _) = try Store.open(folder.options, wallMilliseconds: self.stopped)
        defer { store.closeAndWait(wallMilliseconds: self.stopped) }
        let events = try await store.history()
        #expect(events.map(\.eventID) == (1...15).reversed())
        #expect(Set(events.map(\.kind)) == Set(HistoryEvent.Kind.allCases))
        let reset = try #require(events.first)
        #expect((reset.kind, reset.actor, reset.note) == (.reset, "ana", "deployed the fix"))
        #expect((reset.from, reset.to, reset.generation) == (.halfOpen, .closed, 1_000_005))
        #expect(await store.commit(tripCommand("next", generation: 1_000_002)) == .success(16))
    }
}
