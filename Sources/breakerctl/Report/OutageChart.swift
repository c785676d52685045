import BreakerClient

/// When the worst breakers were open and half-open: a row each, over the span.
struct OutageChart {
    private static let width = 960.0
    private static let names = 220.0
    private static let row = 22.0
    private static let mostRows = 20

    let report: PeriodReport
    let clock: Clock

    /// Nil where every breaker was closed all the time.
    var svg: HTML? {
        let rows = self.report.summary.breakers.map { ($0.name, self.report.outages(of: $0)) }
            .filter { !$0.1.isEmpty }.prefix(OutageChart.mostRows)
        guard !rows.isEmpty else { return nil }
        let lines = rows.enumerated().map { index, row in
            self.line(row.0, row.1, top: Double(index) * OutageChart.row)
        }
        return """
            <svg viewBox="0 0 \(OutageChart.width) \(Double(rows.count) * OutageChart.row)" role="img" \
            aria-label="When breakers were open">
            \(lines)</svg>
            """
    }

    private func line(_ name: String, _ outages: [PeriodReport.Outage], top: Double) -> HTML {
        let bands = outages.map { outage -> HTML in
            let (from, until) = (self.place(outage.from), self.place(outage.until))
            let words = outage.state == .open ? "open" : "half-open"
            // Half-open is lower: it is told apart without colours.
            let (y, height) = outage.state == .open ? (top + 4, 14.0) : (top + 9, 4.0)
            let times = [outage.from, outage.until].map(self.clock.dateAndTime)
            return """
                <rect class="\(outage.state == .open ? "bad" : "probing")" x="\(from)" y="\(y)" \
                width="\(max(1, until - from))" height="\(height)">\
                <title>\(words) from \(times[0]) to \(times[1])</title></rect>
                """
        }
        return """
            <text x="0" y="\(top + 16)">\(name.prefix(columns: 32))</text>\
            <line class="axis" x1="\(OutageChart.names)" x2="\(OutageChart.width)" \
            y1="\(top + 11)" y2="\(top + 11)"/>\(bands)
            """
    }

    private func place(_ time: WallTime) -> Double {
        let (since, until) = (self.report.summary.since, self.report.summary.until)
        let span = Double(max(1, until.unixMilliseconds - since.unixMilliseconds))
        let share = Double(time.unixMilliseconds - since.unixMilliseconds) / span
        return OutageChart.names + share * (OutageChart.width - OutageChart.names)
    }
}
