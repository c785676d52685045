import BreakerClient

/// What a report is made of: sums by the daemon, and the events behind them.
struct PeriodReport: Sendable {
    /// Events are read a thousand at a time, the newest first; a fleet that flaps has too many to tell.
    private static let pageOfEvents = 1_000
    private static let mostPages = 10

    let summary: PeriodSummary
    /// Changes of breakers in the span, the earliest first.
    let events: [HistoryEvent]
    /// Whether the earliest events of the span are missing.
    let isCut: Bool

    /// - Parameter match: a pattern over names; nil: all.
    static func gather(
        from client: BreakerClient, since: WallTime, match: String?, limit: Int
    ) async throws -> PeriodReport {
        let summary = try await client.summary(since: since, match: match, limit: limit)
        let names = Set(summary.breakers.map(\.name))
        var events: [HistoryEvent] = []
        var before: UInt64?
        for _ in 0..<PeriodReport.mostPages {
            let page = try await client.history(limit: PeriodReport.pageOfEvents, before: before)
            let inside = page.prefix { $0.at >= summary.since }
            events += inside.filter { $0.to != nil && names.contains($0.breaker ?? "") }
            guard page.count == PeriodReport.pageOfEvents, inside.count == page.count else {
                return PeriodReport(summary: summary, events: events.reversed(), isCut: false)
            }
            before = page.last?.id
        }
        return PeriodReport(summary: summary, events: events.reversed(), isCut: true)
    }

    /// Changes from closed to open, the newest first.
    var trips: [HistoryEvent] {
        self.events.reversed().filter {
            ($0.kind == .transition || $0.kind == .trip) && $0.from == .closed && $0.to == .open
        }
    }

    /// A time that a breaker was not closed.
    struct Outage: Hashable, Sendable {
        let state: BreakerState
        let from: WallTime
        let until: WallTime
    }

    /// When a breaker was open or half-open, the earliest first.
    func outages(of breaker: PeriodSummary.Breaker) -> [Outage] {
        let changes = self.events.filter { $0.breaker == breaker.name }
        guard let first = changes.first, let before = first.from else { return self.openAllAlong(breaker) }
        var outages: [Outage] = []
        var (state, since) = (before, self.summary.since)
        for change in changes + [nil] {
            let at = min(change?.at ?? self.summary.until, self.summary.until)
            if state != .closed, at > since {
                outages.append(Outage(state: state, from: since, until: at))
            }
            (state, since) = (change?.to ?? state, at)
        }
        return outages
    }

    /// A breaker without changes in the span was in one state for all of it.
    private func openAllAlong(_ breaker: PeriodSummary.Breaker) -> [Outage] {
        guard breaker.openTime > .zero else { return [] }
        let until = self.summary.until
        let from = WallTime(
            unixMilliseconds: until.unixMilliseconds - breaker.openTime.milliseconds(.towardZero))
        return [Outage(state: .open, from: from, until: until)]
    }
}
