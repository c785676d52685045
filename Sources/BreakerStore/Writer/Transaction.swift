import BreakerCore
import GRDB

/// Writes one batch inside a transaction that the caller holds.
struct Transaction {
    let database: Database
    let texts: TextEncoder
    /// The generation of this era's beginning.
    let eraBase: UInt64
    private var minutes: MinuteWriter

    init(database: Database, texts: TextEncoder, eraBase: UInt64) throws {
        self.database = database
        self.texts = texts
        self.eraBase = eraBase
        self.minutes = try MinuteWriter(database)
    }

    /// What a transaction has written.
    struct Written {
        /// Of the commands' events, in the commands' order.
        var ids: [Int64]
        var events: Int
        /// Rows of minutes that were not there before.
        var minutes: Int
    }

    mutating func write(_ batch: Pending) throws -> Written {
        try self.writeRows(batch)
        try self.writeSequences(batch.sequences)
        try self.writeMeta(batch)
        for command in batch.commands {
            try self.writePolicy(command.record.effect)
        }
        let ids = try self.writeEvents(batch)
        return Written(
            ids: ids, events: batch.events.count + batch.commands.count, minutes: self.minutes.inserted)
    }

    private mutating func writeRows(_ batch: Pending) throws {
        // The upsert keeps the later generation, so the order of these only matters within one generation.
        let upsert = try self.database.cachedStatement(sql: StoredBreaker.upsert)
        for rows in [batch.counters, batch.urgent] {
            // In the order in which rows lie on disk: neighbours share pages. The places are sorted, not the
            // rows, which are large.
            for place in rows.indices.sorted(by: { rows.keys[$0] < rows.keys[$1] }) {
                let (name, row) = rows[place]
                try self.write(name, row, upsert)
            }
        }
        for command in batch.commands {
            guard case .breaker(let name, let breaker, let declared) = command.record.effect else { continue }
            let change = BreakerChange.present(breaker, declared: declared)
            let row = Pending.Row(change: change, anchor: command.record.anchor, arrival: command.arrival)
            try self.write(name, row, upsert)
        }
    }

    private mutating func write(_ name: String, _ row: Pending.Row, _ upsert: Statement) throws {
        switch row.change {
        case .present(let breaker, let declared):
            try self.minutes.note(
                name, breaker, generation: self.inEra(breaker.generation), latency: row.latency,
                wall: row.anchor.wallMilliseconds)
            try StoredBreaker.write(
                name: name, breaker, declared: declared, eraBase: self.eraBase, anchor: row.anchor,
                texts: self.texts, with: upsert, in: self.database)
        case .forgotten(let generation):
            try self.database.cachedStatement(sql: "DELETE FROM breaker WHERE name = ? AND generation <= ?")
                .execute(arguments: [name, self.inEra(generation)])
        }
    }

    private func writeSequences(_ sequences: [String: UInt64?]) throws {
        let upsert = try self.database.cachedStatement(
            sql: """
                INSERT INTO instance (name, sequence) VALUES (?, ?) \
                ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence
                """)
        for (name, sequence) in sequences {
            if let sequence {
                try upsert.execute(arguments: [name, sequence.column])
            } else {
                try self.database.execute(sql: "DELETE FROM instance WHERE name = ?", arguments: [name])
            }
        }
    }

    private func writeMeta(_ batch: Pending) throws {
        if self.minutes.inserted > 0 {
            try self.database.execute(
                sql: "UPDATE meta SET minute_rows = minute_rows + ? WHERE id = 1",
                arguments: [self.minutes.inserted])
        }
        if batch.floor > 0 {
            try self.database.execute(
                sql: "UPDATE meta SET generation_floor = max(generation_floor, ?) WHERE id = 1",
                arguments: [self.inEra(batch.floor)])
        }
        if let wall = batch.wallMilliseconds {
            try self.database.execute(sql: "UPDATE meta SET wall_ms = ? WHERE id = 1", arguments: [wall])
        }
    }

    private func writePolicy(_ effect: CommandRecord.Effect) throws {
        switch effect {
        case .breaker:
            return
        case .policySet(let rule, let revision):
            try self.deletePolicy(rule.match, revision: revision)
            try self.database.execute(
                sql: "INSERT INTO policy (match, patch, actor, reason, at_ms) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    rule.match.pattern, try self.texts.text(rule.patch), rule.actor, rule.reason,
                    rule.atMilliseconds,
                ])
        case .policyDelete(let match, let revision):
            try self.deletePolicy(match, revision: revision)
        }
    }

    private func deletePolicy(_ match: Glob, revision: Int64) throws {
        try self.database.execute(sql: "DELETE FROM policy WHERE match = ?", arguments: [match.pattern])
        try self.database.execute(
            sql: "UPDATE meta SET policy_revision = ? WHERE id = 1", arguments: [revision])
    }

    /// Events and commands in their order of arrival.
    private func writeEvents(_ batch: Pending) throws -> [Int64] {
        guard !batch.events.isEmpty || !batch.commands.isEmpty else { return [] }
        let insert = try self.database.cachedStatement(sql: HistoryEvent.insert)
        var events = batch.events[...]
        var ids: [Int64] = []
        for command in batch.commands {
            while let next = events.first, next.arrival < command.arrival {
                try insert.execute(arguments: next.event.arguments(self.texts))
                events.removeFirst()
            }
            try insert.execute(arguments: command.record.history.arguments(self.texts))
            ids.append(self.database.lastInsertedRowID)
        }
        for event in events {
            try insert.execute(arguments: event.event.arguments(self.texts))
        }
        return ids
    }

    private func inEra(_ generation: UInt64) -> Int64 {
        (generation >= self.eraBase ? generation - self.eraBase : 0).column
    }
}
