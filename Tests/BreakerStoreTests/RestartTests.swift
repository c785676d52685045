import BreakerCore
import Testing

@testable import BreakerStore

@Suite("Starts, eras and generations")
struct RestartTests {
    @Test("A new database starts at epoch 1, era 0 and floor 0")
    func first() throws {
        let state = try reload(try Folder())
        #expect(state.epoch == 1)
        #expect(state.era == 0)
        #expect(state.generationFloor == 0)
        #expect(state.breakers.isEmpty)
    }

    @Test("A start after a clean stop keeps generations; a crash raises all of them and the floor")
    func eras() throws {
        let folder = try Folder()
        let (store, _) = try Store.open(folder.options, wallMilliseconds: wall)
        store.record(change("a", generation: 5))
        store.record(
            ChangeRecord(name: "b", change: .forgotten(generation: 9), history: nil, anchor: anchor))
        store.flushAndWait()
        let crashed = try folder.crashed()
        #expect(store.closeAndWait(wallMilliseconds: wall + 7))

        let clean = try reload(folder)
        #expect((clean.epoch, clean.era, clean.generationFloor) == (2, 0, 9))
        #expect(clean.breaker("a")?.generation == 5)
        #expect(clean.lastWallMilliseconds == wall + 7)

        let (second, unclean) = try Store.open(crashed.options, wallMilliseconds: wall)
        #expect((unclean.epoch, unclean.era, unclean.generationFloor) == (2, 1, 1_000_009))
        #expect(unclean.breaker("a")?.generation == 1_000_005)
        second.record(change("a", generation: 1_000_006))
        second.flushAndWait()
        let twice = try reload(try crashed.crashed())
        #expect((twice.epoch, twice.era) == (3, 2))
        #expect(twice.breaker("a")?.generation == 2_000_006)
    }

    @Test("A forgotten breaker's row is gone, and its generation is not used again")
    func forgotten() throws {
        let folder = try Folder()
        let (store, _) = try Store.open(folder.options, wallMilliseconds: wall)
        store.record(change("a", generation: 5))
        store.flushAndWait()
        store.record(ChangeRecord(name: "a", change: .forgotten(generation: 5), history: nil, anchor: anchor))
        store.closeAndWait(wallMilliseconds: wall)
        let state = try reload(folder)
        #expect(state.breakers.isEmpty)
        #expect(state.generationFloor == 5)
    }

    @Test("Policies return in the order they were set, with actor, reason and revision")
    func policies() async throws {
        let folder = try Folder()
        let (store, _) = try Store.open(folder.options, wallMilliseconds: wall)
        var patch = PolicyPatch()
        try patch.set(.minCalls, to: .integer(7))
        var rules: [PolicyRecord] = []
        for (index, match) in ["pay*", "a?", "pay*"].enumerated() {
            let rule = PolicyRecord(
                match: try #require(Glob(match)), patch: patch, actor: "ana", reason: "INC-\(index)",
                atMilliseconds: wall + Int64(index))
            rules.append(rule)
            let result = await store.commit(self.policyCommand(.policySet(rule, revision: Int64(index + 1))))
            #expect(result == .success(Int64(index + 1)))
        }
        _ = await store.commit(self.policyCommand(.policyDelete(match: rules[1].match, revision: 4)))
        store.closeAndWait(wallMilliseconds: wall)
        let state = try reload(folder)
        #expect(state.policies == [rules[2]])
        #expect(state.policyRevision == 4)
    }

    @Test("Sequences return with the counts they belong to, and can be forgotten")
    func sequences() throws {
        let folder = try Folder()
        let (store, _) = try Store.open(folder.options, wallMilliseconds: wall)
        store.save(
            [counter("a", makeBreaker(generation: 3))],
            sequences: [.init(instance: "x", sequence: 12), .init(instance: "y", sequence: 1 << 52)],
            anchor: anchor)
        store.flushAndWait()
        #expect(store.status.commits == 1)
        let crashed = try reload(try folder.crashed())
        #expect(crashed.breaker("a") != nil)
        #expect(
            Set(crashed.sequences) == [
                .init(instance: "x", sequence: 12), .init(instance: "y", sequence: 1 << 52),
            ])
        store.save([], sequences: [.init(instance: "x", sequence: nil)], anchor: anchor)
        store.closeAndWait(wallMilliseconds: wall)
        #expect(try reload(folder).sequences == [.init(instance: "y", sequence: 1 << 52)])
    }

    @Test("Many counters go in parts, all of them and the later generation of each")
    func manyCounters() throws {
        let folder = try Folder()
        let (store, _) = try Store.open(folder.options, wallMilliseconds: wall)
        store.save(
            (0..<5_000).map { counter("b\($0)", makeBreaker(generation: 2)) }, sequences: [], anchor: anchor)
        store.record(change("b4999", generation: 3))
        store.save([counter("b4999", makeBreaker(generation: 2))], sequences: [], anchor: anchor)
        #expect(store.closeAndWait(wallMilliseconds: wall))
        let state = try reload(folder)
        #expect(state.breakers.count == 5_000)
        #expect(state.breaker("b4999")?.generation == 3)
    }

    @Test("A row that makes no sense is left out and counted")
    func badRow() async throws {
        let folder = try Folder()
        let (store, _) = try Store.open(folder.options, wallMilliseconds: wall)
        store.record(change("good", generation: 1))
        store.record(change("bad", generation: 1))
        store.record(change("unnamable", generation: 1))
        try await store.execute("UPDATE breaker SET state = 'ajar', window = x'ff' WHERE name = 'bad'")
        try await store.execute("UPDATE breaker SET name = 'un namable' WHERE name = 'unnamable'")
        store.closeAndWait(wallMilliseconds: wall)
        let state = try reload(folder)
        #expect(state.breakers.map(\.name) == ["good"])
        #expect(state.skippedRows == 2)
    }

    @Test("A store in memory works like one on disk")
    func memory() async throws {
        let (store, state) = try Store.open(StoreOptions(location: .memory), wallMilliseconds: wall)
        #expect(state.epoch == 1)
        #expect(await store.commit(tripCommand("a", generation: 1)) == .success(1))
        #expect(try await store.history().count == 1)
        #expect(store.status.path == ":memory:")
        #expect(await store.close(wallMilliseconds: wall))
        #expect(await store.commit(tripCommand("a", generation: 1)) == .failure(Inbox.closed))
        #expect(await store.flush() == false)
    }

    private func policyCommand(_ effect: CommandRecord.Effect) -> CommandRecord {
        CommandRecord(
            effect, history: HistoryEvent(.policySet, of: .match("pay*"), atMilliseconds: wall),
            anchor: anchor)
    }
}
