// What was counted minute by minute.

/// Some minutes of all breakers.
package struct MinutePage: Sendable {
    /// The most minutes of one page: they hold up the disk's thread for a few milliseconds.
    package static let limit = 5_000

    /// Wall milliseconds: the first minute is the one that it lies in.
    package var from: Int64
    /// Only breakers after this name in the first minute; empty: all.
    package var after = ""
    /// Wall milliseconds: the last minute is the one that it lies in.
    package var through: Int64
    var limit = MinutePage.limit

    package init(from: Int64, through: Int64) {
        (self.from, self.through) = (from, through)
    }
}

extension Store {
    /// The minutes of one breaker that lie in a span of wall time, the earliest first. Those without a call
    /// in which it was closed are not there.
    ///
    /// - Parameter through: a day after `from` at most.
    package func minutes(
        of breaker: String, from: Int64, through: Int64
    ) async throws(StoreError) -> [Minute] {
        try await self.ask { try Minute.fetch(of: breaker, from: from, through: through, in: $0) }
    }

    /// The minutes of all breakers, the earliest first, in each minute by name. What is asked for next begins
    /// after the last one.
    package func minutes(_ page: MinutePage) async throws(StoreError) -> [Minute] {
        try await self.ask { try Minute.fetch(page, in: $0) }
    }

    /// Events with a smaller id, or all, newest first.
    ///
    /// - Parameter limit: 1…1000.
    package func history(before eventID: Int64?, limit: Int) async throws(StoreError) -> [HistoryEvent] {
        try await self.ask { database in
            try HistoryEvent.fetch(HistoryQuery(before: eventID, limit: limit), in: database)
        }
    }
}
