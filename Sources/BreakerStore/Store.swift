// The store: everything the daemon must not forget, in one SQLite file.
//
// Producers hand over values and never wait; one thread owns the only connection and writes what waits in one
// transaction at a time. A transaction is on disk (fsync) when it is committed: the log is in WAL mode with
// `synchronous = FULL`. While the disk fails everything is owed, within bounds, and the daemon serves from
// memory.

package import BreakerCore
import Dispatch
import Foundation
import GRDB

/// The daemon's memory on disk.
package final class Store: Sendable {
    /// Called on the store's own thread when the disk starts to fail and when it works again.
    package typealias StatusObserver = @Sendable (StoreStatus) -> Void

    /// How long closing may take before the process goes without it.
    package static let closeTimeout = Duration.seconds(5)

    let inbox: Inbox
    private let board: StatusBoard

    /// Opens or creates the database and reads all of it. On an error the file, its log included, is as it
    /// was.
    package static func open(
        _ options: StoreOptions, wallMilliseconds: Int64,
        onStatusChange: @escaping StatusObserver = { _ in }
    ) throws(StoreOpenError) -> (Store, LoadedState) {
        let opened = try Opener.open(options, wallMilliseconds: wallMilliseconds)
        let inbox = Inbox(owedLimit: options.owedLimit, wallMilliseconds: wallMilliseconds)
        let board = StatusBoard(
            path: options.location.path, historyRows: opened.historyRows, minuteRows: opened.minuteRows,
            inbox: inbox)
        // Made here, so that the thread does not hold on to all that was loaded.
        let writer = Writer(opened, options: options, inbox: inbox, board: board, observer: onStatusChange)
        Thread.detachNewThread {
            // From inside: a thread that does not run yet keeps no name on Linux.
            Thread.current.name = "breakerd-store"
            var writer = writer
            writer.run()
        }
        return (Store(inbox: inbox, board: board), opened.state)
    }

    private init(inbox: Inbox, board: StatusBoard) {
        self.inbox = inbox
        self.board = board
    }

    deinit {
        self.inbox.abandon()
    }

    /// How the store is doing now.
    package var status: StoreStatus { self.board.status }

    /// How long the transactions since the start took, from their first statement to the disk's word.
    package var commitDurations: DurationHistogram { self.board.commits }

    /// An automatic change: on disk within 10 ms. Never waits.
    package func record(_ change: ChangeRecord) {
        self.inbox.record(change)
    }

    /// The periodic flush of windows and totals, with the numbers of the batches they stem from. Never waits.
    ///
    /// One transaction up to 2,000 breakers, else several, the numbers in the first: a crash in between loses
    /// counts, and never counts a batch twice.
    package func save(_ counters: [CounterRecord], sequences: [InstanceSequence], anchor: ClockAnchor) {
        self.inbox.save(counters, sequences: sequences, anchor: anchor)
    }

    /// An operator's command. `completion` gets the event's id once it is on disk, or `.unavailable`: then
    /// nothing of it is or will be. Called on the store's own thread, or at once on the caller's when the
    /// store is closed.
    package func commit(
        _ command: CommandRecord, completion: @escaping @Sendable (Result<Int64, StoreError>) -> Void
    ) {
        self.inbox.commit(command, completion: completion)
    }

    /// Reads history, all changes and commands enqueued before included unless the disk fails. Called as
    /// `commit`'s.
    package func history(
        _ query: HistoryQuery, completion: @escaping @Sendable (Result<[HistoryEvent], StoreError>) -> Void
    ) {
        self.ask({ try HistoryEvent.fetch(query, in: $0) }, completion: completion)
    }

    /// Returns when everything enqueued before is on disk; false: the disk fails.
    @discardableResult
    package func flush() async -> Bool {
        await withCheckedContinuation { continuation in
            self.inbox.flush { continuation.resume(returning: $0) }
        }
    }

    /// The same, blocking the calling thread.
    @discardableResult
    package func flushAndWait() -> Bool {
        let done = DispatchSemaphore(value: 0)
        let flag = Flag()
        self.inbox.flush { succeeded in
            flag.set(succeeded)
            done.signal()
        }
        done.wait()
        return flag.isSet
    }

    /// Returns when the store's thread has made a turn since the call, also one in which the disk failed.
    package func turn() async {
        await withCheckedContinuation { continuation in
            self.inbox.read { _ in continuation.resume() }
        }
    }

    /// Flushes, marks the database as cleanly stopped and closes it; at most for `timeout`. False: something
    /// was lost, for the reason `unsavedCause`, and the next start counts as one after a crash. Commands that
    /// come later get `.unavailable`.
    @discardableResult
    package func close(wallMilliseconds: Int64, within timeout: Duration = closeTimeout) async -> Bool {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let isClean = self.closeAndWait(wallMilliseconds: wallMilliseconds, within: timeout)
                continuation.resume(returning: isClean)
            }
        }
    }

    /// The same, blocking the calling thread.
    @discardableResult
    package func closeAndWait(wallMilliseconds: Int64, within timeout: Duration = closeTimeout) -> Bool {
        let done = DispatchSemaphore(value: 0)
        let flag = Flag()
        self.inbox.close(wallMilliseconds: wallMilliseconds) { succeeded in
            flag.set(succeeded)
            done.signal()
        }
        return done.wait(timeout: .now() + timeout / .seconds(1)) == .success && flag.isSet
    }

    /// Why closing lost something: what the disk says, or that it was still at work.
    package var unsavedCause: String {
        self.status.error ?? "the disk was too slow to take all of it in time"
    }

    /// On the store's thread, after what was enqueued before.
    func ask<Answer: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Answer
    ) async throws(StoreError) -> Answer {
        let result: Result<Answer, StoreError> = await withCheckedContinuation { continuation in
            self.ask(body) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// The same for those who cannot wait; called as `commit`'s.
    func ask<Answer: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Answer,
        completion: @escaping @Sendable (Result<Answer, StoreError>) -> Void
    ) {
        self.inbox.read { database in
            completion(
                database.flatMap { database in
                    Result { try body(database) }.mapError { StoreError.unavailable("\($0)") }
                })
        }
    }

    /// Runs on the store's thread, after what was enqueued before; for tests that meddle with the connection.
    func onThread(_ body: @escaping Inbox.Read) {
        self.inbox.read(body)
    }
}

extension StoreOptions.Location {
    var path: String {
        switch self {
        case .memory: ":memory:"
        case .file(let path): path
        }
    }
}
