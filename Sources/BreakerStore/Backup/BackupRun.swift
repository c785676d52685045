// A copy of the live database by SQLite's backup API, over the store's one connection. It goes on in steps of
// a few pages, each a turn of the writer's thread like any other read: what is to be written in between is
// written, and SQLite keeps the copy in line with it.

import Dispatch
import Foundation
import GRDB
import GRDBSQLite

/// One backup under way. Confined to the writer's thread; what it makes is verified on another one.
final class BackupRun: @unchecked Sendable {
    typealias Completion = @Sendable (Result<BackupCopy, StoreError>) -> Void

    /// 512 KiB a step: about a millisecond, so that transitions are on disk within their 10.
    private static let pagesPerStep: Int32 = 128

    private let path: String
    private let inbox: Inbox
    private let wallMilliseconds: Int64
    /// Whether nobody waits for the copy any more.
    private let isCancelled: @Sendable () -> Bool
    private let completion: Completion
    private var target: OpaquePointer?
    private var handle: OpaquePointer?

    init(
        into path: String, inbox: Inbox, wallMilliseconds: Int64,
        isCancelled: @escaping @Sendable () -> Bool, completion: @escaping Completion
    ) {
        self.wallMilliseconds = wallMilliseconds
        self.path = path
        self.inbox = inbox
        self.isCancelled = isCancelled
        self.completion = completion
    }

    /// Does one step now and the next in another turn.
    func step(_ database: Result<Database, StoreError>) {
        do throws(StoreError) {
            let database = try database.get()
            if self.isCancelled() { throw .unavailable("nobody waits for the backup any more") }
            if self.handle == nil { try self.begin(database) }
            switch sqlite3_backup_step(self.handle, BackupRun.pagesPerStep) {
            case SQLITE_OK: self.inbox.read(self.step)
            case SQLITE_DONE: try self.verify()
            case let code: throw .unavailable("the copy cannot be written: \(BackupRun.words(code))")
            }
        } catch {
            _ = self.finish()
            BackupFile.remove(self.path)
            self.completion(.failure(error))
        }
    }

    private func begin(_ database: Database) throws(StoreError) {
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
        var code = sqlite3_open_v2(self.path, &self.target, flags, nil)
        // Not worth a journal nor a sync: a copy that is not whole is thrown away.
        if code == SQLITE_OK {
            code = sqlite3_exec(
                self.target, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", nil, nil, nil)
        }
        guard code == SQLITE_OK else {
            throw .unavailable("the copy cannot be opened: \(BackupRun.words(code))")
        }
        self.handle = sqlite3_backup_init(self.target, "main", database.sqliteConnection, "main")
        guard self.handle != nil else {
            throw .unavailable(
                "the backup cannot begin: \(BackupRun.words(sqlite3_errcode(self.target)))")
        }
    }

    private func verify() throws(StoreError) {
        let code = self.finish()
        guard code == SQLITE_OK else {
            throw .unavailable("the copy cannot be written: \(BackupRun.words(code))")
        }
        let (path, completion, wall) = (self.path, self.completion, self.wallMilliseconds)
        DispatchQueue.global(qos: .utility).async {
            completion(
                Result { () throws(StoreError) in
                    try BackupCopy(verifying: path, wallMilliseconds: wall)
                })
        }
    }

    private func finish() -> Int32 {
        let finished = sqlite3_backup_finish(self.handle)
        let closed = sqlite3_close(self.target)
        (self.handle, self.target) = (nil, nil)
        return finished == SQLITE_OK ? closed : finished
    }

    private static func words(_ code: Int32) -> String {
        "\(String(cString: sqlite3_errstr(code))) (SQLite \(code))"
    }
}
