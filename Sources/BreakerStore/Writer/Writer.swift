import BreakerCore
import Foundation
import GRDB

/// The one thread that touches the database: it takes everything that waits, writes it in one transaction,
/// then answers whoever waits for that. Commits group themselves: what arrives during one goes into the next.
///
/// A failing disk never stops it: the batch goes back to the inbox and is tried again.
struct Writer {
    private static let retryInterval = Duration.seconds(1)

    private let queue: DatabaseQueue
    /// Held until the database is closed.
    private let lock: FileLock?
    private let inbox: Inbox
    private let board: StatusBoard
    private let observer: Store.StatusObserver
    private let texts = TextEncoder()
    private let eraBase: UInt64
    private var history: Pruner
    private var minutes: Pruner
    private var isFailing = false
    private var retryAt = ContinuousClock.now

    init(
        _ opened: Opener.Opened, options: StoreOptions, inbox: Inbox, board: StatusBoard,
        observer: @escaping Store.StatusObserver
    ) {
        self.queue = opened.queue
        self.lock = opened.lock
        self.inbox = inbox
        self.board = board
        self.observer = observer
        self.eraBase = UInt64(opened.state.era) * Schema.generationsPerEra
        self.history = Pruner(
            .history, days: options.historyDays, maximumRows: options.historyRows, rows: opened.historyRows)
        self.minutes = Pruner(
            .minutes, days: options.minuteDays, maximumRows: options.minuteRows, rows: opened.minuteRows)
    }

    /// Returns when the store is closed or nobody holds it any more.
    mutating func run() {
        while true {
            let work = self.inbox.next(until: self.deadline)
            if work.isAbandoned { return self.abandon(work) }
            let wasFailing = self.isFailing
            self.attempt(work.batch)
            work.reads.forEach(self.perform)
            if let wall = work.close { return self.close(at: wall, answering: work) }
            // Whoever came while the disk failed did not wait for the last part of the counters.
            let succeeded = !self.isFailing && !(wasFailing && self.inbox.hasMore)
            work.flushes.forEach { $0(succeeded) }
        }
    }

    private var deadline: ContinuousClock.Instant {
        if self.isFailing { return self.retryAt }
        return self.inbox.hasMore ? .now : self.nextPruning
    }

    private var nextPruning: ContinuousClock.Instant { min(self.history.nextStep, self.minutes.nextStep) }

    /// Status first, then the answers: whoever got one finds a status that agrees with it.
    private mutating func attempt(_ batch: Pending) {
        var ids: [Int64]?
        do {
            ids = try self.commit(batch)
            self.inbox.written()
            if ContinuousClock.now >= self.history.nextStep { try self.prune(\.history) }
            if ContinuousClock.now >= self.minutes.nextStep { try self.prune(\.minutes) }
            self.report(nil)
        } catch {
            if ids == nil { self.inbox.restore(batch) }
            self.report(Writer.describe(error))
        }
        if let ids {
            for (command, id) in zip(batch.commands, ids) { command.completion(.success(id)) }
        } else {
            // Records stay owed; commands are refused, and whoever gave them undoes them.
            let error = StoreError.unavailable(self.board.status.error ?? "the disk fails")
            for command in batch.commands { command.completion(.failure(error)) }
        }
    }

    /// The ids of the commands' events, in the commands' order.
    private mutating func commit(_ batch: Pending) throws -> [Int64] {
        if batch.isEmpty && !self.isFailing { return [] }
        let began = ContinuousClock.now
        let written = try self.transaction { database in
            // Something is always written, so that success means that the disk takes writes.
            if batch.isEmpty { try database.execute(sql: "UPDATE meta SET clean = 0 WHERE id = 1") }
            var transaction = try Transaction(
                database: database, texts: self.texts, eraBase: self.eraBase)
            return try transaction.write(batch)
        }
        self.board.committed(in: began.duration(to: .now))
        self.history.rows += written.events
        self.minutes.rows += written.minutes
        self.board.setRows(history: self.history.rows, minutes: self.minutes.rows)
        self.board.wrote(events: written.events)
        return written.ids
    }

    private mutating func prune(_ table: WritableKeyPath<Writer, Pruner>) throws {
        let wall = self.inbox.wallMilliseconds
        var pruner = self[keyPath: table]
        defer {
            self[keyPath: table] = pruner
            self.board.setRows(history: self.history.rows, minutes: self.minutes.rows)
        }
        try self.transaction { try pruner.step($0, wallMilliseconds: wall) }
    }

    private func transaction<T>(_ body: (Database) throws -> T) throws -> T {
        try self.queue.inDatabase { database in
            var result: T?
            try database.inTransaction(.immediate) {
                result = try body(database)
                return .commit
            }
            guard let result else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
            return result
        }
    }

    private mutating func report(_ error: String?) {
        self.isFailing = error != nil
        self.retryAt = .now + Writer.retryInterval
        self.inbox.setFailing(self.isFailing)
        if self.board.set(error: error) { self.observer(self.board.status) }
    }

    private func perform(_ read: Inbox.Read) {
        self.queue.inDatabase { read(.success($0)) }
    }

    /// Only a close in order, with nothing owed, is marked as clean.
    private mutating func close(at wall: Int64, answering work: Inbox.Work) {
        let last = self.inbox.shut()
        self.attempt(last.batch)
        last.reads.forEach(self.perform)
        let isClean = !self.isFailing && self.markClean(at: wall)
        // Folding the log into the file is a convenience for whoever copies it; the log alone is as safe.
        _ = try? self.queue.inDatabase { try $0.checkpoint(.truncate) }
        self.letGo()
        (work.flushes + last.flushes).forEach { $0(isClean) }
    }

    private mutating func markClean(at wall: Int64) -> Bool {
        do {
            try self.transaction { database in
                try database.execute(
                    sql: "UPDATE meta SET clean = 1, wall_ms = max(wall_ms, ?) WHERE id = 1",
                    arguments: [wall])
            }
        } catch {
            self.report(Writer.describe(error))
        }
        return !self.isFailing
    }

    private func abandon(_ work: Inbox.Work) {
        let last = self.inbox.shut()
        // Before the connection closes: a backup under way still holds on to it.
        (work.reads + last.reads).forEach { $0(.failure(Inbox.closed)) }
        self.letGo()
        for command in work.batch.commands + last.batch.commands {
            command.completion(.failure(Inbox.closed))
        }
        (work.flushes + last.flushes).forEach { $0(false) }
    }

    /// Another process, or this one, may open the database from here on.
    private func letGo() {
        try? self.queue.close()
        self.lock?.release()
    }

    /// SQLite's words, with what it was about.
    private static func describe(_ error: any Error) -> String {
        guard let error = error as? DatabaseError else { return "\(error)" }
        return "\(error.message ?? "unknown error") (SQLite \(error.extendedResultCode.rawValue))"
    }
}
