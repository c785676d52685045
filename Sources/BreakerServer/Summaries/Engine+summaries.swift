// What was, minute by minute: told from the disk, in pieces, so that nothing else waits for it long.

package import BreakerCore
package import BreakerStore

extension Engine {
    /// Slots that one look at a shard takes.
    private static let slotsAtOnce = 256

    /// The minutes of one breaker in a span of time, the earliest first; all that was reported before is in
    /// them.
    package func minutes(of breaker: String, in span: Summary.Span) async throws(StoreError) -> [Minute] {
        self.flushCounters()
        return try await self.store.minutes(of: breaker, from: span.from, through: span.until)
    }

    /// What a span of time brought.
    ///
    /// - Parameter limit: breakers at most; the rest is in the sums alone.
    package func summary(
        _ span: Summary.Span, match: Glob?, limit: Int
    ) async throws(StoreError) -> Summary {
        self.flushCounters()
        let anchor = self.clock.anchor()
        let past = Summary.Span(
            from: span.from, until: max(span.from, min(span.until, anchor.wallMilliseconds)))
        var builder = Summary.Builder(past) { match?.matches($0) ?? true }
        try await self.addMinutes(to: &builder, in: past)
        try await self.addEvents(to: &builder, since: past.from)
        self.addOpen(to: &builder, anchor)
        return builder.summary(limit: limit)
    }

    private func addMinutes(
        to builder: inout Summary.Builder, in span: Summary.Span
    ) async throws(StoreError) {
        var page = MinutePage(from: span.from, through: span.until)
        while true {
            let minutes = try await self.store.minutes(page)
            guard let last = minutes.last else { return }
            minutes.forEach { builder.add($0) }
            (page.from, page.after) = (last.atMilliseconds, last.breaker)
        }
    }

    private func addEvents(
        to builder: inout Summary.Builder, since from: Int64
    ) async throws(StoreError) {
        var before: Int64?
        while true {
            let events = try await self.store.history(before: before, limit: HistoryQuery.maximumLimit)
            for event in events where event.atMilliseconds >= from { builder.add(event) }
            guard let oldest = events.last, oldest.atMilliseconds >= from else { return }
            before = oldest.eventID
        }
    }

    private func addOpen(to builder: inout Summary.Builder, _ anchor: ClockAnchor) {
        var position = SnapshotPosition?.some(.start)
        while let here = position {
            let piece = self.views(from: here, slots: Engine.slotsAtOnce) { breaker, _ in
                breaker.state == .open
            }
            for view in piece.views {
                builder.add(openNow: view.name, since: anchor.wall(view.breaker.since))
            }
            position = piece.next
        }
    }
}
