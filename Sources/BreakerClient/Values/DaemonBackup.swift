/// A verified copy of the daemon's database, to be read in parts over the connection that began it.
public struct DaemonBackup: Hashable, Sendable {
    /// As the daemon names it: "b1".
    public var name: String
    /// Of the whole copy.
    public var bytes: Int
    /// CRC-32 of all bytes.
    public var checksum: UInt32
    /// How often the daemon had started on the database.
    public var epoch: UInt64
    /// That the copy holds.
    public var breakers: Int
}

/// Why a backup that the daemon sent is not what it announced.
public struct BackupDamaged: Error, Hashable, Sendable {
    /// What differs, in words.
    public var difference: String
}
