import GRDB
import GRDBSQLite

/// Sets the parameters of a prepared statement one after the other and runs it.
///
/// For rows of breakers and minutes, which are written by the hundred thousand: arguments of GRDB box each of
/// 25 values and copy them several times, which costs more than SQLite's own work.
struct ParameterBinder {
    /// SQLite makes a copy of what it is given.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private let statement: OpaquePointer
    private let database: Database
    private var position: Int32 = 0
    /// The first thing that went wrong.
    private var result = SQLITE_OK

    /// - Parameter statement: of `database`; every parameter of it must be bound before it is run.
    init(_ statement: Statement, of database: Database) {
        self.statement = statement.sqliteStatement
        self.database = database
    }

    mutating func bind(_ number: Int64?) {
        guard let number else { return self.bindNull() }
        self.next { sqlite3_bind_int64($0, $1, number) }
    }

    mutating func bind(_ text: String?) {
        guard let text else { return self.bindNull() }
        self.next { sqlite3_bind_text($0, $1, text, Int32(text.utf8.count), ParameterBinder.copied) }
    }

    mutating func bind(_ bytes: [UInt8]?) {
        guard let bytes else { return self.bindNull() }
        self.next { sqlite3_bind_blob($0, $1, bytes, Int32(bytes.count), ParameterBinder.copied) }
    }

    /// Runs the statement, which gives no rows.
    func run() throws(DatabaseError) {
        guard self.result == SQLITE_OK else { throw self.error(self.result) }
        let code = sqlite3_step(self.statement)
        defer { sqlite3_reset(self.statement) }
        guard code == SQLITE_DONE else { throw self.error(code) }
    }

    /// Runs a statement that gives at most one row.
    ///
    /// - Parameter read: gets the row, which is not valid afterwards; nil: there is none.
    func firstRow<Result>(_ read: (RawRow?) throws -> Result) throws -> Result {
        guard self.result == SQLITE_OK else { throw self.error(self.result) }
        defer { sqlite3_reset(self.statement) }
        switch sqlite3_step(self.statement) {
        case SQLITE_DONE: return try read(nil)
        case SQLITE_ROW: return try read(RawRow(self.statement))
        case let code: throw self.error(code)
        }
    }

    private mutating func bindNull() {
        self.next { sqlite3_bind_null($0, $1) }
    }

    @inline(__always)
    private mutating func next(_ bind: (OpaquePointer, Int32) -> Int32) {
        self.position += 1
        let code = bind(self.statement, self.position)
        if self.result == SQLITE_OK { self.result = code }
    }

    private func error(_ code: Int32) -> DatabaseError {
        let message = sqlite3_errmsg(self.database.sqliteConnection).map { String(cString: $0) }
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
}
