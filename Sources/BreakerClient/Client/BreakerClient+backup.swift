// The daemon's database, copied while it runs.

import BreakerWire

extension BreakerClient {
    /// Copies the daemon's database, verified by the daemon and here, and gives it to `write` part by part.
    ///
    /// - Parameters:
    ///   - deadline: how long the daemon may take to make and verify the copy, before the first part.
    ///   - write: takes the next bytes; what it throws ends the backup and is thrown on.
    /// - Throws: `BreakerError`: `conflict` while another backup is under way, `storageUnavailable`,
    ///   `unsupported` for a database in memory; `BackupDamaged`; what `write` throws.
    @discardableResult
    public func backup(
        deadline: Duration = .seconds(600), _ write: ([UInt8]) throws -> Void
    ) async throws -> DaemonBackup {
        let begun = try await self.connection.send(Request("backup.begin", deadline: deadline) { _ in })
        let backup = try begun.backup()
        do {
            try await self.copy(backup, write)
        } catch {
            // The daemon lets go of it by itself too; why it failed is what counts.
            _ = try? await self.command("backup.end") { $0.field("backup", backup.name) }
            throw error
        }
        _ = try await self.command("backup.end") { $0.field("backup", backup.name) }
        return backup
    }

    private func copy(_ backup: DaemonBackup, _ write: ([UInt8]) throws -> Void) async throws {
        var (offset, checksum) = (0, CRC32())
        while offset < backup.bytes {
            let at = offset
            let reply = try await self.command("backup.read") { line in
                line.field("backup", backup.name)
                line.field("offset", at)
            }
            guard let bytes = Base64.bytes(try reply.string("data")), !bytes.isEmpty else {
                throw BackupDamaged(difference: "a part at byte \(offset) of \(backup.bytes) is missing")
            }
            checksum.add(bytes)
            try write(bytes)
            offset += bytes.count
        }
        guard offset == backup.bytes, checksum.value == backup.checksum else {
            throw BackupDamaged(difference: "what came is not what the daemon announced (CRC-32 differs)")
        }
    }
}

extension Reply {
    fileprivate func backup() throws(BreakerError) -> DaemonBackup {
        guard let checksum = UInt32(exactly: try self.count("crc32")) else { throw .malformed("crc32") }
        return DaemonBackup(
            name: try self.string("backup"), bytes: try self.integer("bytes"), checksum: checksum,
            epoch: try self.count("epoch"), breakers: try self.integer("breakers"))
    }
}
