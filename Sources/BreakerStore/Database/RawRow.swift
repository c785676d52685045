// A row read straight from SQLite, for the table that has a million of them: GRDB makes a value of each
// column first, which took a third of a start.

import GRDB
import GRDBSQLite

/// The row that a statement stands at; the same trust in columns as `Row`'s: a value of another type than
/// expected is absent. Not to be kept beyond the statement's next step.
struct RawRow {
    private let statement: SQLiteStatement

    init(_ statement: Statement) {
        self.statement = statement.sqliteStatement
    }

    init(_ statement: SQLiteStatement) {
        self.statement = statement
    }

    func integer(_ column: Int32) -> Int64? {
        guard sqlite3_column_type(self.statement, column) == SQLITE_INTEGER else { return nil }
        return sqlite3_column_int64(self.statement, column)
    }

    func natural(_ column: Int32) -> UInt64? {
        self.integer(column).flatMap(UInt64.init(exactly:))
    }

    func text(_ column: Int32) -> String? {
        self.withText(column) { String(decoding: $0, as: UTF8.self) }
    }

    /// The same without a string of its own. The bytes are valid during `body` only.
    func withText<Result>(_ column: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Result?) -> Result? {
        guard sqlite3_column_type(self.statement, column) == SQLITE_TEXT,
            let text = sqlite3_column_text(self.statement, column)
        else { return nil }
        let count = Int(sqlite3_column_bytes(self.statement, column))
        return body(UnsafeBufferPointer(start: text, count: count))
    }

    /// The bytes are valid during `body` only.
    func withBytes<Result>(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> Result?) -> Result? {
        guard sqlite3_column_type(self.statement, column) == SQLITE_BLOB else { return nil }
        let count = Int(sqlite3_column_bytes(self.statement, column))
        return body(UnsafeRawBufferPointer(start: sqlite3_column_blob(self.statement, column), count: count))
    }
}
