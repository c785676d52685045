import BreakerClient

/// What `breakerctl report` prints.
struct ReportTables {
    /// Trips that are listed; the rest is counted.
    private static let mostTrips = 20

    let report: PeriodReport
    let clock: Clock

    func lines(width: Int?) -> [Line] {
        var lines = self.figures.lines(width: width)
        guard !self.report.summary.breakers.isEmpty else { return lines }
        lines += [Line()] + self.breakers.lines(width: width)
        let untold = self.report.summary.count - self.report.summary.breakers.count
        if untold > 0 { lines.append(Line("and \(untold.of("breaker")) more: --limit", .dim)) }
        let trips = self.report.trips
        guard !trips.isEmpty else { return lines }
        lines += [Line()] + self.table(of: trips.prefix(ReportTables.mostTrips)).lines(width: width)
        let earlier = trips.count - ReportTables.mostTrips
        if earlier > 0 || self.report.isCut {
            let count = earlier > 0 ? "\(earlier.of("earlier trip")): " : "earlier trips: "
            lines.append(Line("\(count)breakerctl history", .dim))
        }
        return lines
    }

    private var figures: Sections {
        let summary = self.report.summary
        var sections = Sections()
        sections.heading("From \(self.clock.dateAndTime(summary.since)) to now")
        sections.add("calls", Line(summary.calls.words))
        sections.add("refused", Line(summary.calls.rejected.of("call")))
        sections.add("trips", Line(summary.trips.grouped))
        let open = summary.openTime > .zero ? "\(Span.past(summary.openTime)), all together" : "never"
        sections.add("open", Line(open))
        return sections
    }

    private var breakers: Table {
        var table = Table([
            Table.Column(title: "BREAKER", shrinks: true), Table.Column(title: "OPEN FOR", right: true),
            Table.Column(title: "TRIPS", right: true), Table.Column(title: "REFUSED", right: true),
            Table.Column(title: "CALLS", right: true), Table.Column(title: "FAILED", right: true),
            Table.Column(title: "P99", right: true, yields: true),
        ])
        for breaker in self.report.summary.breakers {
            let isOpen = breaker.openTime > .zero
            table.add([
                Line(breaker.name), Line(isOpen ? Span.past(breaker.openTime) : "-", isOpen ? .red : .dim),
                Line(breaker.trips.grouped), Line(breaker.calls.rejected.grouped),
                Line(breaker.calls.judged.grouped), Line(breaker.calls.failedShare),
                Line(breaker.p99.map(Span.brief) ?? ""),
            ])
        }
        return table
    }

    private func table(of trips: some Sequence<HistoryEvent>) -> Table {
        var table = Table([
            Table.Column(title: "TRIPPED"), Table.Column(title: "BREAKER", shrinks: true),
            Table.Column(title: "WHY", flows: true),
        ])
        for trip in trips {
            table.add([
                Line(self.clock.dateAndTime(trip.at)), Line(trip.breaker ?? ""),
                Line(trip.reason?.words ?? ""),
            ])
        }
        return table
    }
}

extension PeriodCounts {
    /// "12,345, 1.2 % failed".
    var words: String {
        self.judged == 0 ? "none" : "\(self.judged.grouped), \(self.failedShare) failed"
    }

    /// "1.2 %"; nothing where there were no calls.
    var failedShare: String {
        self.judged == 0 ? "" : Percent.words(Double(self.failed) / Double(self.judged))
    }
}
