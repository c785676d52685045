import Foundation

/// Moves a damaged database aside, with the files that belong to it, so that it can still be looked at.
enum Quarantine {
    static let companions = ["-wal", "-shm", "-journal"]

    /// The new path.
    static func move(_ file: String, wallMilliseconds: Int64) throws(StoreOpenError) -> String {
        let target = self.freeName(for: file, "corrupt", wallMilliseconds: wallMilliseconds)
        // The database first: a log without its database is nothing, a database without its log is an older
        // one.
        guard rename(file, target) == 0 else {
            throw .init(
                file: file, cause: .unreadable(detail: "cannot be moved to \(target): \(systemError())"))
        }
        for suffix in self.companions where access(file + suffix, F_OK) == 0 {
            guard rename(file + suffix, target + suffix) == 0 else {
                throw .init(
                    file: file + suffix, cause: .unreadable(detail: "cannot be moved: \(systemError())"))
            }
        }
        return target
    }

    /// `FILE.WHY-20261231T235959.999Z`, or longer where that is taken.
    static func freeName(for file: String, _ why: String, wallMilliseconds: Int64) -> String {
        var name = "\(file).\(why)-\(self.timestamp(wallMilliseconds))"
        while access(name, F_OK) == 0 {
            name += "x"
        }
        return name
    }

    /// 20261231T235959.999Z
    private static func timestamp(_ wallMilliseconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(wallMilliseconds) / 1_000)
        let style = Date.ISO8601FormatStyle(
            dateSeparator: .omitted, timeSeparator: .omitted, includingFractionalSeconds: true)
        return date.formatted(style)
    }
}
