import GRDB

/// Keeps a table that only grows within its bounds, a few hundred rows at a time, so that no transition waits
/// for it.
struct Pruner {
    private static let rowsPerStep = 500
    private static let interval = Duration.seconds(60)
    private static let millisecondsPerDay: Int64 = 86_400_000

    private let table: Table
    private let days: Int64
    private let maximumRows: Int
    /// On disk.
    var rows: Int
    /// When there may be something to remove.
    private(set) var nextStep = ContinuousClock.now

    init(_ table: Table, days: Int, maximumRows: Int, rows: Int) {
        self.table = table
        self.days = Int64(clamping: max(1, days))
        self.maximumRows = max(1, maximumRows)
        self.rows = rows
    }

    /// Removes the oldest rows that are too many or too old, and says when to come again.
    mutating func step(_ database: Database, wallMilliseconds: Int64) throws {
        self.nextStep = .now + Pruner.interval
        let surplus = min(max(0, self.rows - self.maximumRows), Pruner.rowsPerStep)
        let age = self.days.multipliedReportingOverflow(by: Pruner.millisecondsPerDay)
        let cutoff = wallMilliseconds.saturatingSubtract(age.overflow ? .max : age.partialValue)
        try database.cachedStatement(sql: self.table.removal)
            .execute(arguments: [Pruner.rowsPerStep, cutoff, surplus])
        let removed = database.changesCount
        guard removed > 0 else { return }
        self.rows -= removed
        self.nextStep = .now
        try self.table.afterRemoval(of: removed, from: database)
    }
}

extension Pruner {
    enum Table {
        /// The oldest events are those of the smallest ids: one with a wall time ahead of its neighbours'
        /// stays with them.
        case history
        case minutes

        /// Of the ?1 oldest rows those that are older than ?2, wall milliseconds, or among the ?3 oldest.
        fileprivate var removal: String {
            switch self {
            case .history:
                """
                DELETE FROM history \
                WHERE event_id IN (SELECT event_id FROM history ORDER BY event_id LIMIT ?1) \
                AND (at_ms < ?2 OR event_id IN (SELECT event_id FROM history ORDER BY event_id LIMIT ?3))
                """
            case .minutes:
                """
                DELETE FROM minute \
                WHERE (at, breaker) IN (SELECT at, breaker FROM minute ORDER BY at, breaker LIMIT ?1) \
                AND (at < ?2 / 60000 \
                OR (at, breaker) IN (SELECT at, breaker FROM minute ORDER BY at, breaker LIMIT ?3))
                """
            }
        }

        fileprivate func afterRemoval(of rows: Int, from database: Database) throws {
            guard self == .minutes else { return }
            try database.execute(
                sql: "UPDATE meta SET minute_rows = minute_rows - ? WHERE id = 1", arguments: [rows])
        }
    }
}
