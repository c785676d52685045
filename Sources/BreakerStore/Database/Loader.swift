import BreakerCore
import GRDB

/// Reads the whole database into a `LoadedState`. Single rows that make no sense are left out and counted;
/// damage that SQLite itself notices is thrown.
struct Loader {
    private let database: Database
    private var texts = TextDecoder()
    private var state = LoadedState()
    private var clean = true

    /// What the database says, before this start is counted; and whether it was closed in order.
    static func load(_ database: Database) throws -> (state: LoadedState, clean: Bool) {
        var loader = Loader(database: database)
        try loader.loadMeta()
        try loader.loadPolicies()
        try loader.loadSequences()
        try loader.loadBreakers()
        return (loader.state, loader.clean)
    }

    private init(database: Database) {
        self.database = database
    }

    private mutating func loadMeta() throws {
        let row = try Row.fetchOne(
            self.database,
            sql: "SELECT epoch, era, generation_floor, wall_ms, policy_revision, clean FROM meta WHERE id = 1"
        )
        guard let row, let epoch = row.integer(0), epoch >= 0, epoch < Int64(UInt32.max),
            let era = row.integer(1), era >= 0, era < Int64(UInt32.max), let floor = row.natural(2),
            floor < UInt64(Int64.max) / 2, let wall = row.integer(3), let revision = row.integer(4)
        else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the row of table meta makes no sense")
        }
        self.clean = row.integer(5) == 1
        self.state.epoch = epoch + 1
        self.state.era = self.clean ? era : era + 1
        self.state.generationFloor = floor + self.eraBase
        self.state.lastWallMilliseconds = max(0, wall)
        self.state.policyRevision = max(0, revision)
    }

    private var eraBase: UInt64 { UInt64(self.state.era) * Schema.generationsPerEra }

    private mutating func loadPolicies() throws {
        let rows = try Row.fetchCursor(
            self.database, sql: "SELECT match, patch, actor, reason, at_ms FROM policy ORDER BY position")
        while let row = try rows.next() {
            guard let match = row.text(0).flatMap(Glob.init),
                let patch = row.text(1).flatMap({ self.texts.patch($0) })
            else {
                self.state.skippedRows += 1
                continue
            }
            self.state.policies.append(
                PolicyRecord(
                    match: match, patch: patch, actor: row.text(2), reason: row.text(3),
                    atMilliseconds: row.integer(4) ?? 0))
        }
    }

    private mutating func loadSequences() throws {
        let rows = try Row.fetchCursor(self.database, sql: "SELECT name, sequence FROM instance")
        while let row = try rows.next() {
            guard let name = row.text(0), let sequence = row.natural(1) else {
                self.state.skippedRows += 1
                continue
            }
            self.state.sequences.append(InstanceSequence(instance: name, sequence: sequence))
        }
    }

    private mutating func loadBreakers() throws {
        let count = try Int.fetchOne(self.database, sql: "SELECT count(*) FROM breaker") ?? 0
        self.state.breakers.reserveCapacity(count)
        let base = self.eraBase
        let statement = try self.database.makeStatement(sql: "SELECT \(StoredBreaker.columns) FROM breaker")
        let rows = try Row.fetchCursor(statement)
        while try rows.next() != nil {
            let row = RawRow(statement)
            guard let name = row.withText(0, Loader.name), let stored = StoredBreaker(row: row, eraBase: base)
            else {
                self.state.skippedRows += 1
                continue
            }
            let declared = row.text(24).flatMap { self.texts.patch($0) }
            self.state.breakers.append(.init(name: name, declared: declared, stored: stored))
        }
    }

    private static func name(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        BreakerName.isValid(bytes) ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
