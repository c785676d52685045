import Foundation

/// Files that a backup or a restore makes beside the database while it is under way.
enum BackupFile {
    private static let marks = ["backup", "restore"]

    /// A new, empty file that only its owner may read: `.breakerd.sqlite.backup-XXXXXX`.
    static func make(beside database: String, _ mark: String) throws(StoreError) -> String {
        var template = Array((self.prefix(of: database, mark) + "XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw .unavailable("no file can be made beside \(database): \(systemError())")
        }
        Foundation.close(descriptor)
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Removes what a crash left. The caller holds the database's lock, so nobody is at work here.
    static func sweep(beside database: String) {
        let directory = self.directory(of: database)
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
            let path = (directory as NSString).appendingPathComponent(name)
            let isOurs = self.marks.contains { mark in
                name.hasPrefix((self.prefix(of: database, mark) as NSString).lastPathComponent)
            }
            if isOurs { unlink(path) }
        }
    }

    static func remove(_ file: String) {
        for suffix in [""] + Quarantine.companions { unlink(file + suffix) }
    }

    static func directory(of file: String) -> String {
        let directory = (file as NSString).deletingLastPathComponent
        return directory.isEmpty ? "." : directory
    }

    private static func prefix(of database: String, _ mark: String) -> String {
        let hidden = ".\((database as NSString).lastPathComponent).\(mark)-"
        return (self.directory(of: database) as NSString).appendingPathComponent(hidden)
    }
}
