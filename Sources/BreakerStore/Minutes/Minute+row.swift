// One breaker's minute, one row.

import BreakerCore
import GRDB

extension Minute {
    private static let columns = """
        at, breaker, success, failure, timeout, ignored, rejected, late, p50_us, p99_us, worst
        """

    /// Those of one breaker, the earliest first. The rows lie by time: each is looked up by itself.
    static func fetch(
        of breaker: String, from: Int64, through: Int64, in database: Database
    ) throws -> [Minute] {
        let statement = try database.cachedStatement(
            sql: "SELECT \(Minute.columns) FROM minute WHERE at = ? AND breaker = ?")
        var minutes: [Minute] = []
        for number in stride(from: Minute.number(of: from), through: Minute.number(of: through), by: 1) {
            var lookup = ParameterBinder(statement, of: database)
            lookup.bind(number)
            lookup.bind(breaker)
            if let minute = try lookup.firstRow({ $0.flatMap(Minute.init(row:)) }) { minutes.append(minute) }
        }
        return minutes
    }

    /// Those of all breakers, the earliest first, in each minute by name.
    static func fetch(_ page: MinutePage, in database: Database) throws -> [Minute] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT \(Minute.columns) FROM minute WHERE (at, breaker) > (?, ?) AND at <= ? \
                ORDER BY at, breaker LIMIT ?
                """)
        let rows = try Row.fetchCursor(
            statement,
            arguments: [
                Minute.number(of: page.from), page.after, Minute.number(of: page.through), page.limit,
            ])
        var minutes: [Minute] = []
        while try rows.next() != nil {
            if let minute = Minute(row: RawRow(statement)) { minutes.append(minute) }
        }
        return minutes
    }

    private init?(row: RawRow) {
        guard let at = row.integer(0), let breaker = row.text(1), let success = row.natural(2),
            let failure = row.natural(3), let timeout = row.natural(4), let ignored = row.natural(5),
            let rejected = row.natural(6), let late = row.natural(7),
            let worst = BreakerState(badness: row.integer(10))
        else { return nil }
        self.init(of: breaker, atMilliseconds: at * Minute.milliseconds)
        (self.calls.success, self.calls.failure, self.calls.timeout) = (success, failure, timeout)
        (self.calls.ignored, self.calls.rejected, self.calls.late) = (ignored, rejected, late)
        self.p50 = row.integer(8).map { Double($0) / 1_000 }
        self.p99 = row.integer(9).map { Double($0) / 1_000 }
        self.worst = worst
    }
}
