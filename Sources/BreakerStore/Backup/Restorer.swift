// Puts a backup in the place of the database while no daemon runs on it. All checks and changes are made on a
// copy; the database is replaced by one rename, after what was there has another name.

import Foundation
import GRDB

/// What a restore did.
package struct RestoredBackup: Hashable, Sendable {
    package var database: String
    package var breakers: Int
    /// The epoch that the next start will have.
    package var nextEpoch: Int64
    /// Where the former database is now; nil: there was none.
    package var movedTo: String?
}

/// Why nothing was restored. The database is as it was.
package enum RestoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The backup cannot be used.
    case backup(file: String, StoreOpenError.Cause)
    /// The database's place cannot.
    case database(StoreOpenError)

    package var description: String {
        switch self {
        case .backup(let file, let cause):
            "backup \(file): \(cause.text); nothing was changed: choose another backup"
        case .database(let error): "\(error)"
        }
    }
}

package struct Restorer {
    /// Numbers given out after the backup was made are unknown. Each second since then is taken to hold at
    /// most one crash, or a million changes of one breaker; each hour one more start; and then some.
    private static let spareEras: Int64 = 1_000
    private static let spareEpochs: Int64 = 1_000
    private static let longestSeconds: Int64 = 1_000_000_000

    private let file: String
    private let database: String
    private let wallMilliseconds: Int64

    /// Restores `file` as `database`.
    ///
    /// - Parameter wallMilliseconds: the time now.
    package static func restore(
        _ file: String, as database: String, wallMilliseconds: Int64
    ) throws(RestoreError) -> RestoredBackup {
        let restorer = Restorer(file: file, database: database, wallMilliseconds: wallMilliseconds)
        do {
            return try restorer.restore()
        } catch let error as RestoreError {
            throw error
        } catch let error as StoreOpenError {
            throw .database(error)
        } catch {
            throw .database(.init(file: database, cause: .unreadable(detail: "\(error)")))
        }
    }

    private func restore() throws -> RestoredBackup {
        let directory = BackupFile.directory(of: self.database)
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory),
            isDirectory.boolValue
        else { throw StoreOpenError(file: self.database, cause: .directoryMissing(directory: directory)) }
        let lock = try FileLock(for: self.database)
        defer { lock.release() }
        BackupFile.sweep(beside: self.database)
        let copy = try BackupFile.make(beside: self.database, "restore")
        var isInPlace = false
        defer { if !isInPlace { BackupFile.remove(copy) } }
        try self.copyFile(to: copy)
        var restored = try self.prepare(copy)
        try self.hand(over: [copy, self.database + ".lock"])
        restored.movedTo = try self.moveAside()
        guard rename(copy, self.database) == 0 else { throw self.failure("cannot be put in place") }
        isInPlace = true
        try self.sync(directory)
        return restored
    }

    private func copyFile(to copy: String) throws {
        do {
            try? FileManager.default.removeItem(atPath: copy)
            try FileManager.default.copyItem(atPath: self.file, toPath: copy)
            // A log beside the file holds what the file does not: a plain copy of a daemon's files.
            if access(self.file + "-wal", F_OK) == 0 {
                try FileManager.default.copyItem(atPath: self.file + "-wal", toPath: copy + "-wal")
            }
        } catch {
            throw RestoreError.backup(file: self.file, .unreadable(detail: error.localizedDescription))
        }
    }

    /// Checks the copy, raises its numbers beyond all that were given out since, and syncs it.
    private func prepare(_ copy: String) throws -> RestoredBackup {
        do {
            guard chmod(copy, 0o640) == 0 else { throw self.failure("cannot be made writable") }
            try FileHeader.check(copy)
            let present = self.presentNumbers
            let queue = try Opener.naming(copy) { try DatabaseQueue(path: copy) }
            let restored = try Opener.naming(copy) {
                try queue.inDatabase { database in
                    try SoundFile.check(database, copy)
                    let restored = try self.raise(database, beyond: present)
                    // The log folds into the file and goes: one file is put in place.
                    try database.execute(sql: "PRAGMA journal_mode = DELETE")
                    return restored
                }
            }
            try queue.close()
            try self.sync(copy)
            return restored
        } catch let error as StoreOpenError where error.file == copy {
            throw RestoreError.backup(file: self.file, error.cause)
        }
    }

    private func raise(_ database: Database, beyond present: Numbers?) throws -> RestoredBackup {
        guard let row = try Row.fetchOne(database, sql: "SELECT epoch, era, wall_ms FROM meta WHERE id = 1"),
            let backup = try Numbers(database), let wall = row.integer(2)
        else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "it has no row in table meta") }
        let age = wall > 0 ? max(0, self.wallMilliseconds - wall) / 1_000 : 0
        let seconds = min(age + 1, Restorer.longestSeconds)
        let era = max(backup.era + seconds + Restorer.spareEras, present?.eraBeyond ?? 0)
        let epoch = max(backup.epoch + seconds / 3_600 + Restorer.spareEpochs, present?.epoch ?? 0)
        let revision = max(
            backup.policyRevision + seconds / 3_600 + Restorer.spareEpochs, (present?.policyRevision ?? 0) + 1
        )
        // Marked as ended by a crash: the start raises the era once more.
        try database.execute(
            sql: "UPDATE meta SET era = ?, epoch = ?, policy_revision = ?, clean = 0 WHERE id = 1",
            arguments: [era, epoch, revision])
        let breakers = try Int.fetchOne(database, sql: "SELECT count(*) FROM breaker") ?? 0
        return RestoredBackup(database: self.database, breakers: breakers, nextEpoch: epoch + 1)
    }

    /// What the database that is to be replaced says; nil where it is missing or cannot be read.
    private var presentNumbers: Numbers? {
        guard access(self.database, F_OK) == 0, (try? FileHeader.check(self.database)) != nil else {
            return nil
        }
        // Read with its log, and without writing to it.
        let absent = ["-wal", "-shm"].map { self.database + $0 }.filter { access($0, F_OK) != 0 }
        defer { absent.forEach { _ = unlink($0) } }
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        guard let queue = try? DatabaseQueue(path: self.database, configuration: configuration) else {
            return nil
        }
        defer { try? queue.close() }
        return try? queue.inDatabase { try Numbers($0) }
    }

    /// The new name of what was there. The name of the database itself goes on standing for a whole one.
    private func moveAside() throws -> String? {
        guard access(self.database, F_OK) == 0 else {
            // A log without its database would be taken for the new one's.
            for suffix in Quarantine.companions { unlink(self.database + suffix) }
            return nil
        }
        let target = Quarantine.freeName(
            for: self.database, "replaced", wallMilliseconds: self.wallMilliseconds)
        guard link(self.database, target) == 0 || rename(self.database, target) == 0 else {
            throw self.failure("cannot be moved to \(target)")
        }
        for suffix in Quarantine.companions where access(self.database + suffix, F_OK) == 0 {
            guard rename(self.database + suffix, target + suffix) == 0 else {
                throw self.failure("cannot be moved with its \(suffix)")
            }
        }
        return target
    }

    /// What root made belongs to whom the directory belongs: the daemon runs as somebody else.
    private func hand(over files: [String]) throws {
        var status = stat()
        guard geteuid() == 0, stat(BackupFile.directory(of: self.database), &status) == 0 else { return }
        for file in files where chown(file, status.st_uid, status.st_gid) != 0 {
            throw self.failure("cannot be handed to the owner of its directory")
        }
    }

    private func sync(_ path: String) throws {
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        defer { Foundation.close(descriptor) }
        guard descriptor >= 0, fsync(descriptor) == 0 else { throw self.failure("cannot be synced") }
    }

    private func failure(_ what: String) -> StoreOpenError {
        StoreOpenError(file: self.database, cause: .unreadable(detail: "\(what): \(systemError())"))
    }
}

/// The numbers of a database that must not be given out twice.
private struct Numbers {
    let epoch: Int64
    let era: Int64
    let policyRevision: Int64
    /// An era above every generation that the database knows.
    let eraBeyond: Int64

    /// Nil: there is no row of them.
    init?(_ database: Database) throws {
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT epoch, era, policy_revision, \
                max(generation_floor, (SELECT coalesce(max(generation), 0) FROM breaker)) \
                FROM meta WHERE id = 1
                """)
        guard let epoch = row?.integer(0), let era = row?.integer(1), let revision = row?.integer(2),
            let highest = row?.integer(3), era < Int64(UInt32.max), epoch < Int64(UInt32.max)
        else { return nil }
        (self.epoch, self.era, self.policyRevision) = (epoch, era, revision)
        self.eraBeyond = era + highest / Int64(Schema.generationsPerEra) + 1
    }
}
