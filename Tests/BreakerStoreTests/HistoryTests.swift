import BreakerCore
import Testing

@testable import BreakerStore

@Suite("History")
struct HistoryTests {
    private func event(_ name: String, at milliseconds: Int64) -> ChangeRecord {
        var record = change(name, generation: 1)
        record.history = HistoryEvent(.transition, of: .breaker(name), atMilliseconds: milliseconds)
        return record
    }

    @Test("Events return with every field", arguments: HistoryEvent.Kind.allCases)
    func fields(kind: HistoryEvent.Kind) async throws {
        let (store, _) = try Store.open(StoreOptions(location: .memory), wallMilliseconds: wall)
        var event = HistoryEvent(
            kind, of: kind == .policySet ? .match("pay*") : .breaker("a"), atMilliseconds: wall)
        (event.from, event.to, event.generation) = (.closed, .halfOpen, 12)
        (event.actor, event.note, event.mode) = ("ana", "INC-7", "auto")
        event.reason = .failureRate(Sample.evidence)
        var patch = PolicyPatch()
        try patch.set(.slowCall, to: .text("250ms"))
        event.policy = patch
        let command = CommandRecord(
            .breaker(name: "a", makeBreaker(generation: 12), declared: nil), history: event, anchor: anchor)
        event.eventID = try await store.commit(command).get()
        #expect(try await store.history() == [event])
    }

    @Test("Pages follow each other, newest first, for all breakers and for one")
    func paging() async throws {
        let (store, _) = try Store.open(StoreOptions(location: .memory), wallMilliseconds: wall)
        for index in 0..<30 {
            store.record(self.event(index % 3 == 0 ? "a" : "b", at: wall))
        }
        let first = try await store.history(HistoryQuery(limit: 4)).map(\.eventID)
        #expect(first == [30, 29, 28, 27])
        #expect(try await store.history(HistoryQuery(before: 27, limit: 2)).map(\.eventID) == [26, 25])
        let ofOne = HistoryQuery(breaker: "a", before: 28, limit: 3)
        #expect(try await store.history(ofOne).map(\.eventID) == [25, 22, 19])
        #expect(try await store.history(HistoryQuery(breaker: "nobody")).isEmpty)
    }

    @Test("A command's event stands between those that came before and after it")
    func order() async throws {
        let (store, _) = try Store.open(StoreOptions(location: .memory), wallMilliseconds: wall)
        store.record(self.event("before", at: wall))
        async let command = store.commit(tripCommand("command", generation: 1))
        let id = try await command.get()
        store.record(self.event("after", at: wall))
        #expect(id == 2)
        #expect(
            try await store.history().map(\.subject) == ["after", "command", "before"].map { .breaker($0) })
    }

    @Test("Events that are too old go at the next start, and their ids are not used again")
    func age() async throws {
        let folder = try Folder()
        var options = folder.options
        options.historyDays = 2
        let (store, _) = try Store.open(options, wallMilliseconds: wall)
        for day in 0..<4 as Range<Int64> {
            store.record(self.event("a", at: wall + day * 86_400_000))
        }
        store.closeAndWait(wallMilliseconds: wall)
        let (second, _) = try Store.open(options, wallMilliseconds: wall + 4 * 86_400_000)
        await self.prune(second)
        #expect(try await second.history().map(\.eventID) == [4, 3])
        #expect(second.status.historyRows == 2)
        #expect(await second.commit(tripCommand("a", generation: 2)) == .success(5))
        second.closeAndWait(wallMilliseconds: wall)
    }

    @Test("Events beyond the number of rows go, in steps, the oldest first")
    func rows() async throws {
        let folder = try Folder()
        let (store, _) = try Store.open(folder.options, wallMilliseconds: wall)
        for _ in 0..<1_700 {
            store.record(self.event("a", at: wall))
        }
        store.closeAndWait(wallMilliseconds: wall)
        var options = folder.options
        options.historyRows = 100
        let (second, _) = try Store.open(options, wallMilliseconds: wall)
        await self.prune(second)
        #expect(second.status.historyRows == 100)
        #expect(
            try await second.history(HistoryQuery(limit: 1_000)).map(\.eventID) == (1_601...1_700).reversed())
        second.closeAndWait(wallMilliseconds: wall)
    }

    /// The store prunes a step before it answers; at most a handful of steps are needed.
    private func prune(_ store: Store) async {
        for _ in 0..<10 {
            await store.flush()
        }
    }
}
