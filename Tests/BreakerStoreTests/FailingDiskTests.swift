import BreakerCore
import Dispatch
import Synchronization
import Testing

@testable import BreakerStore

@Suite("A disk that is full")
struct FailingDiskTests {
    /// Enough rows that the file needs a further page.
    private func manyChanges(generation: UInt64) -> [ChangeRecord] {
        (0..<200).map { change("some-rather-long-name-\($0)", generation: generation, event: .transition) }
    }

    @Test(
        "Records are owed and written when there is room again; commands are refused; status and callback tell"
    )
    func recovery() async throws {
        let folder = try Folder()
        let seen = Mutex<[Bool]>([])
        let (store, _) = try Store.open(folder.options, wallMilliseconds: wall) { status in
            seen.withLock { $0.append(status.isFailing) }
        }
        #expect(await store.commit(tripCommand("first", generation: 1)) == .success(1))
        try await store.fillDisk()
        await store.recordTogether(self.manyChanges(generation: 1))
        #expect(await store.flush() == false)
        #expect(store.status.isFailing)
        #expect(store.status.failingFor != nil)
        #expect(store.status.owed == 400)

        await store.recordTogether(self.manyChanges(generation: 2))
        guard case .failure(.unavailable(let why)) = await store.commit(tripCommand("second", generation: 1))
        else {
            Issue.record("a command was taken on a full disk")
            return
        }
        #expect(why.contains("full"))
        #expect(try await store.history().map(\.eventID) == [1])

        try await store.freeDisk()
        #expect(await store.commit(tripCommand("third", generation: 1)) == .success(402))
        #expect(!store.status.isFailing)
        #expect(store.status.owed == 0)
        #expect(seen.withLock { $0 } == [true, false])
        #expect(await store.close(wallMilliseconds: wall))
        let state = try reload(folder)
        #expect(state.breakers.count == 202)
        #expect(state.breaker("second") == nil)
        #expect(state.breaker("some-rather-long-name-7")?.generation == 2)
        #expect(state.era == 0)
    }

    @Test("Owed records are tried again without anybody asking")
    func retry() async throws {
        let recovered = AsyncStream<Bool>.makeStream()
        let (store, _) = try Store.open(StoreOptions(location: .memory), wallMilliseconds: wall) { status in
            recovered.continuation.yield(status.isFailing)
        }
        var changes = recovered.stream.makeAsyncIterator()
        try await store.fillDisk()
        await store.recordTogether(self.manyChanges(generation: 1))
        #expect(await changes.next() == true)
        try await store.freeDisk()
        #expect(await changes.next() == false)
        #expect(store.status.owed == 0)
    }

    @Test("Owed events are bounded, the oldest go first and are counted")
    func bounded() async throws {
        let folder = try Folder()
        var options = folder.options
        options.owedLimit = 20
        let (store, _) = try Store.open(options, wallMilliseconds: wall)
        try await store.fillDisk()
        await store.recordTogether(self.manyChanges(generation: 1))
        await store.flush()
        let (owed, dropped) = (store.status.owed, store.status.droppedEvents)
        #expect(owed == 220)
        #expect(dropped == 180)
        try await store.freeDisk()
        #expect(await store.flush())
        let names = try await store.history().map(\.subject)
        #expect(names == (180..<200).reversed().map { .breaker("some-rather-long-name-\($0)") })
        #expect(try reload(try folder.crashed()).breakers.count == 200)
    }

    @Test(
        "A store that closes while the disk is full says so, and the next start counts as one after a crash")
    func closing() async throws {
        let folder = try Folder()
        let (store, _) = try Store.open(folder.options, wallMilliseconds: wall)
        try await store.fillDisk()
        await store.recordTogether(self.manyChanges(generation: 1))
        #expect(await store.close(wallMilliseconds: wall) == false)
        #expect(store.unsavedCause.contains("full"))
        #expect(try reload(folder).era == 1)
    }

    @Test("A close that the disk does not finish in time says so")
    func slow() async throws {
        let (store, _) = try Store.open(StoreOptions(location: .memory), wallMilliseconds: wall)
        let release = DispatchSemaphore(value: 0)
        store.onThread { _ in release.wait() }
        #expect(store.closeAndWait(wallMilliseconds: wall, within: .milliseconds(1)) == false)
        #expect(store.unsavedCause.contains("slow"))
        release.signal()
    }
}

@Suite("What waits for the disk")
struct PendingTests {
    @Test(
        "A later generation wins whatever the order, within one the later arrival", arguments: [false, true])
    func coalescing(newerFirst: Bool) throws {
        var pending = Pending()
        let generations: [UInt64] = newerFirst ? [4, 3] : [3, 4]
        for (index, generation) in generations.enumerated() {
            pending.add(change("a", generation: generation), arrival: UInt64(index))
        }
        #expect(pending.urgent["a"]?.change.generation == 4)
        pending.add([counter("a", makeBreaker(generation: 4))], anchor: anchor, arrival: 9)
        #expect(pending.urgent["a"]?.arrival == 9)
        #expect(pending.counters.isEmpty)
    }

    @Test("A forgotten breaker's last counts do not bring it back; its successor does")
    func forgotten() {
        var pending = Pending()
        pending.add(
            ChangeRecord(name: "a", change: .forgotten(generation: 5), history: nil, anchor: anchor),
            arrival: 1)
        pending.add([counter("a", makeBreaker(generation: 5))], anchor: anchor, arrival: 2)
        #expect(pending.urgent["a"]?.arrival == 1)
        pending.add(change("a", generation: 6), arrival: 3)
        #expect(pending.urgent["a"]?.arrival == 3)
        #expect(pending.floor == 5)
    }

    @Test("What is put back never covers what has come since")
    func restore() {
        var pending = Pending()
        pending.add(change("a", generation: 3, event: .transition), arrival: 1)
        let batch = pending.take(counters: 10)
        #expect(pending.isEmpty)
        pending.add(change("a", generation: 4, event: .forgotten), arrival: 2)
        pending.restore(batch)
        #expect(pending.urgent["a"]?.change.generation == 4)
        #expect(pending.events.map(\.event.kind) == [.transition, .forgotten])
    }
}
