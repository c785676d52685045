import BreakerClient

/// The report as one HTML file that needs nothing else.
struct ReportPage {
    private static let mostTrips = 200

    let report: PeriodReport
    let clock: Clock

    var text: String {
        let summary = self.report.summary
        let span = "\(self.clock.dateAndTime(summary.since)) to \(self.clock.dateAndTime(summary.until))"
        let page: HTML = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Circuit breakers, \(span)</title>
            <style>\(ReportStyle.sheet)</style></head><body>
            <h1>Circuit breakers</h1><p class="span">\(span)</p>
            \(self.figures)
            <h2>Calls</h2>\(CallsChart(steps: summary.steps, clock: self.clock).svg)
            <p class="legend"><b class="good"></b>succeeded <b class="bad"></b>failed \
            <b class="refused"></b>refused <b class="trip"></b>a breaker tripped</p>
            \(self.outages)\(self.breakers)\(self.trips)
            </body></html>
            """
        return page.markup + "\n"
    }

    private var figures: HTML {
        let summary = self.report.summary
        return """
            <dl><div><dt>calls</dt><dd>\(summary.calls.judged.grouped)</dd></div>\
            <div><dt>failed</dt><dd>\(summary.calls.failedShare)</dd></div>\
            <div><dt>refused</dt><dd>\(summary.calls.rejected.grouped)</dd></div>\
            <div><dt>trips</dt><dd>\(summary.trips.grouped)</dd></div>\
            <div><dt>open, all together</dt><dd>\(Span.past(summary.openTime))</dd></div></dl>
            """
    }

    private var outages: HTML {
        guard let chart = OutageChart(report: self.report, clock: self.clock).svg else { return "" }
        return """
            <h2>Open and half-open</h2>\(chart)
            <p class="legend"><b class="bad"></b>open <b class="probing"></b>half-open</p>

            """
    }

    private var breakers: HTML {
        let summary = self.report.summary
        guard !summary.breakers.isEmpty else { return "<p>No breaker was called.</p>" }
        let rows = summary.breakers.map { breaker -> HTML in
            """
            <tr><th scope="row">\(breaker.name)</th>\
            <td>\(breaker.openTime > .zero ? Span.past(breaker.openTime) : "")</td><td>\(breaker.trips)</td>\
            <td>\(breaker.calls.rejected.grouped)</td><td>\(breaker.calls.judged.grouped)</td>\
            <td>\(breaker.calls.failedShare)</td><td>\(breaker.p99.map(Span.brief) ?? "")</td></tr>

            """
        }
        let untold = summary.count - summary.breakers.count
        let more: HTML = untold > 0 ? "<p>And \(untold.of("breaker")) more.</p>" : ""
        return """
            <h2>Worst dependencies</h2><div class="wide"><table><thead><tr><th scope="col">breaker</th>\
            <th scope="col">open for</th><th scope="col">trips</th><th scope="col">refused</th>\
            <th scope="col">calls</th><th scope="col">failed</th><th scope="col">p99</th></tr></thead>
            <tbody>\(rows)</tbody></table></div>\(more)

            """
    }

    private var trips: HTML {
        let trips = self.report.trips
        guard !trips.isEmpty else { return "" }
        let rows = trips.prefix(ReportPage.mostTrips).map { trip -> HTML in
            """
            <tr><td class="time">\(self.clock.dateAndTime(trip.at))</td>\
            <th scope="row">\(trip.breaker ?? "")</th><td>\(trip.reason?.words ?? "")</td></tr>

            """
        }
        let isCut = trips.count > rows.count || self.report.isCut
        let more: HTML = isCut ? "<p>And earlier ones.</p>" : ""
        return """
            <h2>Trips</h2><div class="wide"><table class="left"><thead><tr><th scope="col">when</th>\
            <th scope="col">breaker</th><th scope="col">why</th></tr></thead>
            <tbody>\(rows)</tbody></table></div>\(more)
            """
    }
}
