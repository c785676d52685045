import BreakerClient

/// What `backup` says it did.
enum BackupReport {
    static func sentence(of backup: DaemonBackup, in file: String) -> String {
        "\(file): \(backup.bytes.of("byte")), \(backup.breakers.of("breaker")), epoch \(backup.epoch), "
            + "verified; `breakerd --restore` puts it back"
    }

    /// One line of JSON.
    static func json(of backup: DaemonBackup, in file: String) -> String {
        "{\"ok\":true,\"file\":\(ErrorReply.quoted(file)),\"bytes\":\(backup.bytes),"
            + "\"crc32\":\(backup.checksum),\"epoch\":\(backup.epoch),\"breakers\":\(backup.breakers)}"
    }
}
