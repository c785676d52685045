import GRDB

/// Keeps the history within its bounds, a few hundred rows at a time, so that no transition waits for it.
struct Pruner {
    private static let rowsPerStep = 500
    private static let interval = Duration.seconds(60)
    private static let millisecondsPerDay: Int64 = 86_400_000

    private let days: Int64
    private let maximumRows: Int
    /// Events on disk.
    var rows: Int
    /// When there may be something to remove.
    private(set) var nextStep = ContinuousClock.now

    init(_ options: StoreOptions, rows: Int) {
        self.days = Int64(clamping: max(1, options.historyDays))
        self.maximumRows = max(1, options.historyRows)
        self.rows = rows
    }

    /// Removes the oldest events that are too many or too old, and says when to come again. The oldest are
    /// those of the smallest ids: an event with a wall time ahead of its neighbours' stays with them.
    mutating func step(_ database: Database, wallMilliseconds: Int64) throws {
        self.nextStep = .now + Pruner.interval
        let surplus = min(max(0, self.rows - self.maximumRows), Pruner.rowsPerStep)
        let age = self.days.multipliedReportingOverflow(by: Pruner.millisecondsPerDay)
        let cutoff = wallMilliseconds.saturatingSubtract(age.overflow ? .max : age.partialValue)
        try database.cachedStatement(
            sql: """
                DELETE FROM history \
                WHERE event_id IN (SELECT event_id FROM history ORDER BY event_id LIMIT ?1) \
                AND (at_ms < ?2 OR event_id IN (SELECT event_id FROM history ORDER BY event_id LIMIT ?3))
                """
        ).execute(arguments: [Pruner.rowsPerStep, cutoff, surplus])
        let removed = database.changesCount
        self.rows -= removed
        if removed > 0 { self.nextStep = .now }
    }
}
