// Who is told of the history by HTTP keeps a cursor on it, here, so that a restart loses nothing.

import GRDB

/// How far a notifier has come.
package struct NotifierCursor: Hashable, Sendable {
    package let name: String
    /// Everything up to this event is dealt with.
    package var delivered: Int64
    /// The last event of the message that is under way; nil: none is.
    package var through: Int64?

    package init(name: String, delivered: Int64, through: Int64? = nil) {
        (self.name, self.delivered, self.through) = (name, delivered, through)
    }
}

extension Store {
    /// Events written since the start. Cheap: whoever waits for events may look often.
    package var historyWritten: UInt64 { self.status.historyWritten }

    /// Events after `eventID`, oldest first, at most `limit`, 1…1000.
    package func history(after eventID: Int64, limit: Int) async throws(StoreError) -> [HistoryEvent] {
        try await self.ask { try HistoryEvent.fetch(after: eventID, limit: limit, in: $0) }
    }

    /// The cursors of these notifiers, on disk, in their order, and the database's own name. One seen for the
    /// first time starts behind the latest event; those of others are removed.
    package func openNotifiers(
        _ names: [String]
    ) async throws(StoreError) -> (identity: String, cursors: [NotifierCursor]) {
        try await self.ask { database in
            try Store.inTransaction(database) {
                let kept = try String.fetchAll(database, sql: "SELECT name FROM notifier")
                for name in kept where !names.contains(name) {
                    try database.execute(sql: "DELETE FROM notifier WHERE name = ?", arguments: [name])
                }
                for name in names {
                    try database.execute(
                        sql: """
                            INSERT INTO notifier (name, delivered) VALUES (?, coalesce(\
                            (SELECT seq FROM sqlite_sequence WHERE name = 'history'), 0)) \
                            ON CONFLICT (name) DO NOTHING
                            """, arguments: [name])
                }
            }
            let identity = try String.fetchOne(database, sql: "SELECT name FROM identity WHERE id = 1")
            let cursors = try names.compactMap { name in
                try Row.fetchOne(
                    database, sql: "SELECT delivered, through FROM notifier WHERE name = ?",
                    arguments: [name]
                ).map { NotifierCursor(name: name, delivered: $0.integer(0) ?? 0, through: $0.integer(1)) }
            }
            return (identity ?? "", cursors)
        }
    }

    /// Returns once it is on disk.
    package func save(_ cursor: NotifierCursor) async throws(StoreError) {
        try await self.ask { database in
            try Store.inTransaction(database) {
                try database.execute(
                    sql: "UPDATE notifier SET delivered = ?, through = ? WHERE name = ?",
                    arguments: [cursor.delivered, cursor.through, cursor.name])
            }
        }
    }

    private static func inTransaction(_ database: Database, _ body: () throws -> Void) throws {
        try database.inTransaction(.immediate) {
            try body()
            return .commit
        }
    }
}
