// Opening without leaving a trace on a file that cannot be used.
//
// A lock file keeps other daemons out; the header's bytes are judged before SQLite sees them; then a
// connection that cannot write reads everything, recovered log included. Only after that the real connection
// opens. (A writing one would fold the log into the file as soon as it is closed.)

import BreakerCore
import Foundation
import GRDB

struct Opener {
    /// What an open database consists of.
    struct Opened {
        var queue: DatabaseQueue
        /// Nil for one in memory.
        var lock: FileLock?
        var state: LoadedState
        var historyRows: Int
        var minuteRows: Int
    }

    /// Beyond this size a file is not checked page by page at a start: reading the rows finds what matters,
    /// and a start after a crash must be quick.
    private static let checkedBytes = 64 << 20

    private let options: StoreOptions
    private let wallMilliseconds: Int64

    static func open(_ options: StoreOptions, wallMilliseconds: Int64) throws(StoreOpenError) -> Opened {
        let opener = Opener(options: options, wallMilliseconds: wallMilliseconds)
        switch options.location {
        case .memory: return try opener.openMemory()
        case .file(let path): return try opener.openFile(path)
        }
    }

    private func openMemory() throws(StoreOpenError) -> Opened {
        try Opener.naming(":memory:") {
            try self.start(DatabaseQueue(), lock: nil, loaded: nil)
        }
    }

    private func openFile(_ file: String) throws(StoreOpenError) -> Opened {
        let directory = (file as NSString).deletingLastPathComponent
        var isDirectory: ObjCBool = false
        guard
            FileManager.default.fileExists(
                atPath: directory.isEmpty ? "." : directory, isDirectory: &isDirectory),
            isDirectory.boolValue
        else { throw .init(file: file, cause: .directoryMissing(directory: directory)) }
        let lock = try FileLock(for: file)
        BackupFile.sweep(beside: file)
        do {
            return try self.open(file, lock)
        } catch {
            guard case .corrupt = error.cause, self.options.onCorrupt == .quarantine else {
                lock.discard()
                throw error
            }
            let moved = try Quarantine.move(file, wallMilliseconds: self.wallMilliseconds)
            var opened = try self.open(file, lock)
            opened.state.quarantinedFile = moved
            return opened
        }
    }

    private func open(_ file: String, _ lock: FileLock) throws(StoreOpenError) -> Opened {
        try FileHeader.check(file)
        let loaded = try self.inspect(file)
        return try Opener.naming(file) {
            let queue = try DatabaseQueue(path: file, configuration: Opener.configuration)
            return try self.start(queue, lock: lock, loaded: loaded)
        }
    }

    /// Reads an existing file without changing it. Nil: there is nothing to read yet.
    private func inspect(_ file: String) throws(StoreOpenError) -> (state: LoadedState, clean: Bool)? {
        let size = (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
        // An unfinished transaction of the very first start is rolled back by the connection that can write.
        guard size > 0, access(file + "-journal", F_OK) != 0 else { return nil }
        // Reading makes a log and its index where there were none; they go again.
        let absent = ["-wal", "-shm"].map { file + $0 }.filter { access($0, F_OK) != 0 }
        defer { absent.forEach { _ = unlink($0) } }
        return try Opener.naming(file) {
            var configuration = Configuration()
            configuration.readonly = true
            let queue = try DatabaseQueue(path: file, configuration: configuration)
            defer { try? queue.close() }
            return try queue.inDatabase { database in
                let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
                try FileHeader.checkVersion(version, of: file)
                try Opener.checkPages(database, all: size <= Opener.checkedBytes)
                return version == Schema.version ? try Loader.load(database) : nil
            }
        }
    }

    private static func checkPages(_ database: Database, all: Bool) throws {
        for pragma in all ? ["quick_check(1)"] : ["quick_check(meta)", "quick_check(policy)"] {
            let finding = try String.fetchOne(database, sql: "PRAGMA \(pragma)") ?? "ok"
            guard finding == "ok" else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: finding) }
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            // The id comes first and alone, in a journalled file: whatever a crash leaves is empty or known
            // as ours.
            let id = try Int64.fetchOne(database, sql: "PRAGMA application_id") ?? 0
            if id == 0 {
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
            }
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try database.execute(sql: "PRAGMA journal_size_limit = \(64 << 20)")
        }
        return configuration
    }

    /// Brings the schema up to date, counts this start, and has it on disk before it returns.
    private func start(
        _ queue: DatabaseQueue, lock: FileLock?, loaded: (state: LoadedState, clean: Bool)?
    ) throws -> Opened {
        try Schema.migrator.migrate(queue)
        return try queue.inDatabase { database in
            let (state, _) = try loaded ?? Loader.load(database)
            try database.inTransaction(.immediate) {
                try database.execute(
                    sql: "UPDATE meta SET epoch = ?, era = ?, clean = 0 WHERE id = 1",
                    arguments: [state.epoch, state.era])
                return .commit
            }
            let rows = try Int.fetchOne(database, sql: "SELECT count(*) FROM history") ?? 0
            let minutes = try Int.fetchOne(database, sql: "SELECT minute_rows FROM meta WHERE id = 1") ?? 0
            return Opened(queue: queue, lock: lock, state: state, historyRows: rows, minuteRows: minutes)
        }
    }

    static func naming<T>(_ file: String, _ body: () throws -> T) throws(StoreOpenError) -> T {
        do {
            return try body()
        } catch let error as StoreOpenError {
            throw error
        } catch {
            throw StoreOpenError(file: file, cause: self.cause(error))
        }
    }

    private static func cause(_ error: any Error) -> StoreOpenError.Cause {
        guard let error = error as? DatabaseError else { return .unreadable(detail: "\(error)") }
        let detail = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: return .locked(holder: "another process")
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_IOERR, .SQLITE_FULL, .SQLITE_AUTH,
            .SQLITE_NOMEM:
            return .unreadable(detail: detail)
        case _: return .corrupt(detail: detail)
        }
    }
}
