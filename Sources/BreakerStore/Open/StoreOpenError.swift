/// Why a database cannot be used. The file is as it was.
package struct StoreOpenError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Cause: Hashable, Sendable {
        /// Not a database, or a damaged one.
        case corrupt(detail: String)
        /// Another program's database.
        case foreign(applicationID: UInt32)
        /// Written by a later version of the daemon.
        case newer(version: Int, supported: Int)
        /// Another process holds it.
        case locked(holder: String)
        /// No permission, or the file system refuses.
        case unreadable(detail: String)
        case directoryMissing(directory: String)

        /// The cause in one line of words, without the file's name.
        var text: String {
            // SQLite tells of some damage in several lines.
            self.words.split(whereSeparator: \.isNewline).joined(separator: " ")
        }

        private var words: String {
            switch self {
            case .corrupt(let detail): "the file is damaged or not a database (\(detail))"
            case .foreign(let id): "it belongs to another program (application id \(id))"
            case .newer(let version, let supported):
                "it was written by a newer breakerd (format \(version), this one reads up to \(supported))"
            case .locked(let holder): "it is in use by \(holder)"
            case .unreadable(let detail): "it cannot be read and written (\(detail))"
            case .directoryMissing(let directory): "the directory \(directory) does not exist"
            }
        }
    }

    package let file: String
    package let cause: Cause

    package init(file: String, cause: Cause) {
        self.file = file
        self.cause = cause
    }

    /// One line: the file, the cause and what to do.
    package var description: String {
        "database \(self.file): \(self.cause.text); \(self.remedy)"
    }

    /// What an operator can do about it.
    package var remedy: String {
        switch self.cause {
        case .corrupt:
            "restore a backup, or start with --on-corrupt quarantine to move it aside and begin empty"
        case .foreign: "choose another path with --database"
        case .newer: "run that version, or choose another path with --database"
        case .locked: "stop the other process, or choose another path with --database"
        case .unreadable: "check the owner, the permissions and the free space of the file and its directory"
        case .directoryMissing: "create it, or choose another path with --database"
        }
    }
}

/// Why the store did not do what it was asked for.
package enum StoreError: Error, Hashable, Sendable {
    /// The disk is full or fails, or the store is closed; in words.
    case unavailable(String)
}
