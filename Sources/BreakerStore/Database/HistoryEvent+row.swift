// One event, one row.

import BreakerCore
import GRDB

extension HistoryEvent {
    private static let columns = """
        at_ms, breaker, match, kind, from_state, to_state, generation, actor, note, mode, reason, policy
        """
    static let insert =
        "INSERT INTO history (\(HistoryEvent.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

    func arguments(_ texts: TextEncoder) throws -> StatementArguments {
        let values: [(any DatabaseValueConvertible)?] = [
            self.atMilliseconds, self.breaker, self.match, self.kind.rawValue, self.from?.rawValue,
            self.to?.rawValue, self.generation?.column, self.actor, self.note, self.mode,
            try self.reason.map { try texts.text($0) }, try self.policy.map { try texts.text($0) },
        ]
        return StatementArguments(values)
    }

    /// The page that `query` asks for. Rows that make no sense are left out.
    static func fetch(_ query: HistoryQuery, in database: Database) throws -> [HistoryEvent] {
        var sql = "SELECT event_id, \(HistoryEvent.columns) FROM history WHERE event_id < ?"
        var arguments: StatementArguments = [query.before ?? .max]
        if let breaker = query.breaker {
            sql += " AND breaker = ?"
            arguments += [breaker]
        }
        sql += " ORDER BY event_id DESC LIMIT ?"
        arguments += [min(max(1, query.limit), HistoryQuery.maximumLimit)]
        let rows = try Row.fetchCursor(try database.cachedStatement(sql: sql), arguments: arguments)
        var texts = TextDecoder()
        var events: [HistoryEvent] = []
        while let row = try rows.next() {
            if let event = HistoryEvent(row: row, texts: &texts) { events.append(event) }
        }
        return events
    }

    /// The events after `eventID`, oldest first. Rows that make no sense are left out.
    static func fetch(after eventID: Int64, limit: Int, in database: Database) throws -> [HistoryEvent] {
        let sql = """
            SELECT event_id, \(HistoryEvent.columns) FROM history WHERE event_id > ? ORDER BY event_id LIMIT ?
            """
        let count = min(max(1, limit), HistoryQuery.maximumLimit)
        let rows = try Row.fetchCursor(
            try database.cachedStatement(sql: sql), arguments: [eventID, count])
        var texts = TextDecoder()
        var events: [HistoryEvent] = []
        while let row = try rows.next() {
            if let event = HistoryEvent(row: row, texts: &texts) { events.append(event) }
        }
        return events
    }

    private init?(row: Row, texts: inout TextDecoder) {
        guard let id = row.integer(0), let at = row.integer(1),
            let subject = row.text(2).map(Subject.breaker) ?? row.text(3).map(Subject.match),
            let kind = row.text(4).flatMap(Kind.init(rawValue:))
        else { return nil }
        self.init(kind, of: subject, atMilliseconds: at)
        self.eventID = id
        self.from = row.text(5).flatMap(BreakerState.init(rawValue:))
        self.to = row.text(6).flatMap(BreakerState.init(rawValue:))
        self.generation = row.natural(7)
        (self.actor, self.note, self.mode) = (row.text(8), row.text(9), row.text(10))
        self.reason = row.text(11).flatMap { texts.reason($0) }
        self.policy = row.text(12).flatMap { texts.patch($0) }
    }

    private var breaker: String? {
        if case .breaker(let name) = self.subject { name } else { nil }
    }

    private var match: String? {
        if case .match(let pattern) = self.subject { pattern } else { nil }
    }
}
