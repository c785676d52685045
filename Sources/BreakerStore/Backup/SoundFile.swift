import Foundation
import GRDB

/// What a copy must be before anybody relies on it.
enum SoundFile {
    /// Where the header says how the file is written and read: 1 by a journal, 2 by a log.
    private static let formatOffset: off_t = 18

    /// Marks a file that has no log beside it as one that needs none, so that it can be read anywhere without
    /// making one. The daemon goes back to a log when it opens the file.
    static func leaveLogMode(_ file: String) throws {
        let descriptor = Foundation.open(file, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError.unavailable("\(file): \(systemError())") }
        defer { Foundation.close(descriptor) }
        let formats: [UInt8] = [1, 1]
        guard pwrite(descriptor, formats, formats.count, self.formatOffset) == formats.count else {
            throw StoreError.unavailable("\(file): \(systemError())")
        }
    }

    /// Every page, every index and the identity of an open database.
    static func check(_ database: Database, _ file: String) throws {
        let id = try Int64.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        guard id == Int64(Schema.applicationID) else {
            throw StoreOpenError(file: file, cause: .foreign(applicationID: UInt32(truncatingIfNeeded: id)))
        }
        try FileHeader.checkVersion(try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0, of: file)
        let finding = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)") ?? "nothing found"
        guard finding == "ok" else { throw StoreOpenError(file: file, cause: .corrupt(detail: finding)) }
    }
}
