import BreakerCore
import GRDB

/// Writes one batch inside a transaction that the caller holds.
struct Transaction {
    let database: Database
    let texts: TextEncoder
    /// The generation of this era's beginning.
    let eraBase: UInt64

    /// The ids of the commands' events, in the commands' order, and how many events were written.
    func write(_ batch: Pending) throws -> (ids: [Int64], events: Int) {
        try self.writeRows(batch)
        try self.writeSequences(batch.sequences)
        try self.writeMeta(batch)
        for command in batch.commands {
            try self.writePolicy(command.record.effect)
        }
        let ids = try self.writeEvents(batch)
        return (ids, batch.events.count + batch.commands.count)
    }

    private func writeRows(_ batch: Pending) throws {
        // The upsert keeps the later generation, so the order of these only matters within one generation.
        let upsert = try self.database.cachedStatement(sql: StoredBreaker.upsert)
        for rows in [batch.counters, batch.urgent] {
            // In the order in which rows lie on disk: neighbours share pages. The places are sorted, not the
            // rows, which are large.
            for place in rows.indices.sorted(by: { rows.keys[$0] < rows.keys[$1] }) {
                let (name, row) = rows[place]
                try self.write(name, row.change, row.anchor, upsert)
            }
        }
        for command in batch.commands {
            guard case .breaker(let name, let breaker, let declared) = command.record.effect else { continue }
            try self.write(name, .present(breaker, declared: declared), command.record.anchor, upsert)
        }
    }

    private func write(
        _ name: String, _ change: BreakerChange, _ anchor: ClockAnchor, _ upsert: Statement
    ) throws {
        switch change {
        case .present(let breaker, let declared):
            try StoredBreaker.write(
                name: name, breaker, declared: declared, eraBase: self.eraBase, anchor: anchor,
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
