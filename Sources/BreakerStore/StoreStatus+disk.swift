import Foundation

extension StoreStatus {
    /// What the database takes on disk, its log included; nil in memory.
    package var databaseBytes: Int? {
        var status = stat()
        guard stat(self.path, &status) == 0 else { return nil }
        var log = stat()
        return Int(status.st_size) + (stat(self.path + "-wal", &log) == 0 ? Int(log.st_size) : 0)
    }

    /// What this process may still write where the database lies; nil in memory.
    package var diskFreeBytes: Int? {
        var status = statvfs()
        guard access(self.path, F_OK) == 0, statvfs(self.path, &status) == 0 else { return nil }
        return Int(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
    }
}
