import BreakerCore
import Testing

@testable import BreakerStore

@Suite("Cursors of notifiers")
struct NotifierCursorTests {
    private func open(_ folder: Folder) throws -> Store {
        try Store.open(folder.options, wallMilliseconds: wall).0
    }

    @Test("A new one starts behind the latest event, a known one where it was, also after a crash")
    func cursors() async throws {
        let folder = try Folder()
        let store = try self.open(folder)
        store.record(change("old", generation: 2, event: .trip))
        var first = try #require(try await store.openNotifiers(["ops"]).cursors.first)
        #expect(first == NotifierCursor(name: "ops", delivered: 1))
        #expect(try await store.history(after: first.delivered, limit: 10).isEmpty)
        store.record(change("new", generation: 2, event: .trip))
        #expect(try await store.history(after: first.delivered, limit: 10).map(\.eventID) == [2])
        first.through = 2
        try await store.save(first)
        let crashed = try self.open(try folder.crashed())
        let known = try await crashed.openNotifiers(["late", "ops"])
        #expect(known.cursors == [NotifierCursor(name: "late", delivered: 2), first])
    }

    @Test("Those that are no longer configured are forgotten; the database keeps its name")
    func forgotten() async throws {
        let folder = try Folder()
        let store = try self.open(folder)
        let identity = try await store.openNotifiers(["a", "b"]).identity
        #expect(identity.utf8.count == 16)
        store.record(change("x", generation: 2, event: .trip))
        #expect(try await store.openNotifiers(["b"]).cursors == [NotifierCursor(name: "b", delivered: 0)])
        let again = try await store.openNotifiers(["a", "b"])
        #expect(again.cursors.map(\.delivered) == [1, 0])
        #expect(again.identity == identity)
        let other = try self.open(try Folder())
        #expect(try await other.openNotifiers([]).identity != identity)
    }

    @Test("Events come oldest first, so many at a time, and are counted as they are written")
    func pages() async throws {
        let store = try self.open(try Folder())
        for number in 1...5 { store.record(change("x\(number)", generation: 2, event: .trip)) }
        #expect(try await store.history(after: 1, limit: 2).map(\.eventID) == [2, 3])
        #expect(store.historyWritten == 5)
        await store.close(wallMilliseconds: wall)
        await #expect(throws: StoreError.self) { try await store.history(after: 0, limit: 1) }
    }
}
