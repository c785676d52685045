import Foundation
import GRDB

/// A verified copy of the database. Its file has no name any more: it is gone with this object, or with the
/// process.
package final class BackupCopy: Sendable {
    private let descriptor: Int32
    package let bytes: Int
    /// How often the daemon had started on the database.
    package let epoch: Int64
    package let breakers: Int

    /// Verifies the copy at `path` whole and takes its name away. Blocks for as long as reading it takes.
    init(verifying path: String, wallMilliseconds: Int64) throws(StoreError) {
        defer { BackupFile.remove(path) }
        do {
            (self.epoch, self.breakers) = try BackupCopy.verify(path, wallMilliseconds: wallMilliseconds)
        } catch {
            throw .unavailable("the copy is not sound: \(error)")
        }
        self.descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        var status = stat()
        guard self.descriptor >= 0, fstat(self.descriptor, &status) == 0 else {
            throw .unavailable("the copy cannot be read: \(systemError())")
        }
        self.bytes = Int(status.st_size)
    }

    deinit {
        Foundation.close(self.descriptor)
    }

    /// At most `count` bytes from `offset` on; fewer at the end.
    package func read(from offset: Int, count: Int) throws(StoreError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(0, min(count, self.bytes - offset)))
        var filled = 0
        while filled < bytes.count {
            let got = bytes.withUnsafeMutableBytes {
                pread(
                    self.descriptor, $0.baseAddress?.advanced(by: filled), $0.count - filled,
                    off_t(offset + filled))
            }
            guard got > 0 else { throw .unavailable("the copy cannot be read: \(systemError())") }
            filled += got
        }
        return bytes
    }

    /// Also tells the copy when it was made: how far a restore raises generations depends on it.
    private static func verify(
        _ path: String, wallMilliseconds: Int64
    ) throws -> (epoch: Int64, breakers: Int) {
        try SoundFile.leaveLogMode(path)
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }
        return try queue.inDatabase { database in
            try database.execute(
                sql: "UPDATE meta SET wall_ms = max(wall_ms, ?), clean = 0 WHERE id = 1",
                arguments: [wallMilliseconds])
            try SoundFile.check(database, path)
            return (
                try Int64.fetchOne(database, sql: "SELECT epoch FROM meta WHERE id = 1") ?? 0,
                try Int.fetchOne(database, sql: "SELECT count(*) FROM breaker") ?? 0
            )
        }
    }
}
