import BreakerCore
import GRDB

/// Adds what a breaker's totals have grown by to its row of the minute, in the transaction that writes those
/// totals: a breaker's minutes sum up to exactly what it has counted, whatever is killed when.
///
/// What the totals were before, its row on disk says, which is about to be written and so in memory anyway.
struct MinuteWriter {
    private let database: Database
    private let before: Statement
    private let add: Statement
    private let insert: Statement
    /// Rows that were not there before.
    private(set) var inserted = 0

    init(_ database: Database) throws {
        self.database = database
        self.before = try database.cachedStatement(
            sql: """
                SELECT generation, state, override_mode, total_success, total_failure, total_timeout, \
                total_ignored, total_rejected, total_late, total_lost_probes FROM breaker WHERE name = ?
                """)
        self.add = try database.cachedStatement(
            sql: """
                UPDATE minute SET success = success + ?3, failure = failure + ?4, timeout = timeout + ?5, \
                ignored = ignored + ?6, rejected = rejected + ?7, late = late + ?8, \
                p50_us = coalesce(cast((coalesce(p50_us, ?9) * 1.0 * (success + failure + timeout) \
                + ?9 * 1.0 * (?3 + ?4 + ?5)) / nullif(success + failure + timeout + ?3 + ?4 + ?5, 0) \
                AS INTEGER), p50_us, ?9), \
                p99_us = max(coalesce(p99_us, ?10), coalesce(?10, p99_us)), \
                worst = max(worst, ?11) WHERE at = ?1 AND breaker = ?2
                """)
        self.insert = try database.cachedStatement(
            sql: "INSERT INTO minute VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    }

    /// Notes a breaker that is about to be written.
    ///
    /// - Parameters:
    ///   - generation: as its row is to have it.
    ///   - wall: when it was as it is.
    mutating func note(
        _ name: String, _ breaker: Breaker, generation: Int64, latency: RecordedLatency, wall: Int64
    ) throws {
        guard let former = try self.former(name, generation: generation) else { return }
        let grown = breaker.totals.growth(since: former.totals)
        // What it was before, it was until now.
        let worst = max(former.badness, breaker.state.badness)
        // A closed breaker that nobody called is in no minute.
        guard grown.hasCalls || worst > BreakerState.closed.badness else { return }
        try self.run(self.add, name, grown, worst, latency, wall)
        guard self.database.changesCount == 0 else { return }
        try self.run(self.insert, name, grown, worst, latency, wall)
        self.inserted += 1
    }

    /// What a breaker was before it is written; nil where the row on disk is a later one, which stays.
    private func former(_ name: String, generation: Int64) throws -> (totals: Totals, badness: Int64)? {
        var lookup = ParameterBinder(self.before, of: self.database)
        lookup.bind(name)
        return try lookup.firstRow { row in
            guard let row else { return (Totals(), BreakerState.closed.badness) }
            guard (row.integer(0) ?? 0) <= generation else { return nil }
            return (Totals(row: row, from: 3) ?? Totals(), MinuteWriter.badness(of: row))
        }
    }

    private static func badness(of row: RawRow) -> Int64 {
        let shown = row.text(1) == "forced" ? row.text(2) : row.text(1)
        return (shown.flatMap(BreakerState.init(rawValue:)) ?? .closed).badness
    }

    private func run(
        _ statement: Statement, _ name: String, _ calls: Totals, _ worst: Int64,
        _ latency: RecordedLatency, _ wall: Int64
    ) throws {
        var row = ParameterBinder(statement, of: self.database)
        row.bind(Minute.number(of: wall))
        row.bind(name)
        for count in [
            calls.success, calls.failure, calls.timeout, calls.ignored, calls.rejected, calls.late,
        ] {
            row.bind(count.column)
        }
        row.bind(latency.isKnown ? Int64(latency.p50) : nil)
        row.bind(latency.isKnown ? Int64(latency.p99) : nil)
        row.bind(worst)
        try row.run()
    }
}

extension Totals {
    /// What has been counted since. Totals never shrink; where they do nevertheless, nothing has.
    fileprivate func growth(since former: Totals) -> Totals {
        func grown(_ count: KeyPath<Totals, UInt64>) -> UInt64 {
            let (now, before) = (self[keyPath: count], former[keyPath: count])
            return now > before ? now - before : 0
        }
        var growth = Totals()
        (growth.success, growth.failure, growth.timeout) = (
            grown(\.success), grown(\.failure), grown(\.timeout)
        )
        (growth.ignored, growth.rejected, growth.late) = (grown(\.ignored), grown(\.rejected), grown(\.late))
        return growth
    }

    fileprivate var hasCalls: Bool {
        self.success | self.failure | self.timeout | self.ignored | self.rejected | self.late > 0
    }
}
