import BreakerCore
import Dispatch
import Foundation
import GRDB
import Synchronization

@testable import BreakerStore

/// A directory of its own for each test, removed with the test.
final class Folder: Sendable {
    let path: String

    init() throws {
        self.path = NSTemporaryDirectory() + "/breaker-store-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    var file: String { self.path + "/breakers.sqlite" }
    var options: StoreOptions { StoreOptions(location: .file(self.file)) }

    /// The file as a crash at this moment would leave it, in a folder of its own.
    func crashed() throws -> Folder {
        let copy = try Folder()
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: self.file + suffix) {
            try FileManager.default.copyItem(atPath: self.file + suffix, toPath: copy.file + suffix)
        }
        return copy
    }

    /// Every file but the lock's, with its bytes.
    func contents() throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: self.path)
        where !name.hasSuffix(".lock") {
            contents[name] = try Data(contentsOf: URL(fileURLWithPath: self.path + "/" + name))
        }
        return contents
    }
}

/// The wall time at which tests begin.
let wall: Int64 = 1_760_000_000_000
let anchor = ClockAnchor(now: Instant(nanoseconds: 5_000_000_000), wallMilliseconds: wall)

func makeBreaker(generation: UInt64, policy: Policy = .default) -> Breaker {
    Breaker(generation: generation, policy: policy, at: anchor.now)
}

func change(_ name: String, generation: UInt64, event: HistoryEvent.Kind? = nil) -> ChangeRecord {
    ChangeRecord(
        name: name, change: .present(makeBreaker(generation: generation), declared: nil),
        history: event.map { HistoryEvent($0, of: .breaker(name), atMilliseconds: wall) }, anchor: anchor)
}

func counter(_ name: String, _ breaker: Breaker) -> CounterRecord {
    CounterRecord(name: name, breaker: breaker, declared: nil)
}

func tripCommand(_ name: String, generation: UInt64) -> CommandRecord {
    CommandRecord(
        .breaker(name: name, makeBreaker(generation: generation), declared: nil),
        history: HistoryEvent(.trip, of: .breaker(name), atMilliseconds: wall), anchor: anchor)
}

extension Store {
    func commit(_ command: CommandRecord) async -> Result<Int64, StoreError> {
        await withCheckedContinuation { continuation in
            self.commit(command) { continuation.resume(returning: $0) }
        }
    }

    func history(_ query: HistoryQuery = HistoryQuery()) async throws -> [HistoryEvent] {
        try await withCheckedContinuation { continuation in
            self.history(query) { continuation.resume(returning: $0) }
        }.get()
    }

    /// Runs SQL on the store's own connection.
    func execute(_ sql: String) async throws {
        try await withCheckedContinuation { continuation in
            self.onThread { database in
                continuation.resume(
                    returning: Result { try database.get().execute(sql: sql) }.mapError { $0 as any Error })
            }
        }.get()
    }

    /// Lets the file grow no further: every transaction that needs a page fails as on a full disk.
    func fillDisk() async throws {
        // The limit cannot fall below the present size.
        try await self.execute("PRAGMA max_page_count = 1")
    }

    /// Enqueues all of it before the store's thread can take any, so that it goes into one transaction.
    func recordTogether(_ changes: [ChangeRecord]) async {
        let (enqueued, held) = (DispatchSemaphore(value: 0), AsyncStream<Void>.makeStream())
        self.onThread { _ in
            held.continuation.yield()
            enqueued.wait()
        }
        var turns = held.stream.makeAsyncIterator()
        _ = await turns.next()
        changes.forEach(self.record)
        enqueued.signal()
    }

    func freeDisk() async throws {
        try await self.execute("PRAGMA max_page_count = 1000000")
    }
}

extension LoadedState {
    func breaker(_ name: String) -> LoadedBreaker? {
        self.breakers.first { $0.name == name }
    }
}

/// Reopens the file, reads it and closes it in order.
func reload(_ folder: Folder, wallMilliseconds: Int64 = wall) throws -> LoadedState {
    let (store, state) = try Store.open(folder.options, wallMilliseconds: wallMilliseconds)
    store.closeAndWait(wallMilliseconds: wallMilliseconds)
    return state
}
