// One frame of `top`: as many lines as the terminal has, none wider than it. Made without touching the
// terminal, so that tests read it as a person would.

import BreakerClient

/// Renders the board as its viewer wants it.
struct TopFrame: Sendable {
    /// Lines that hold no rows: the head, the titles, the foot.
    private static let frameLines = 4

    let board: TopBoard
    let view: TopView
    let now: Duration
    let width: Int
    /// Lines of the terminal; nil: all rows are shown.
    let height: Int?

    /// Rows that fit.
    var room: Int { self.height.map { max(1, $0 - TopFrame.frameLines) } ?? .max }

    var lines: [Line] {
        let rows = self.board.chosen(self.view.filter, by: self.view.order)
        var lines = [self.head, self.second(found: rows.count)]
        switch self.view.mode {
        case .rows, .typing: lines += self.table(of: rows)
        case .help: lines += TopFrame.help
        case .explanation(let explanation): lines += [Line()] + explanation
        }
        if let height { lines = self.fitted(lines, to: height - 1) + [self.foot] }
        return lines.map { $0.truncated(to: self.width) }
    }

    private func fitted(_ lines: [Line], to count: Int) -> [Line] {
        Array(lines.prefix(count)) + Array(repeating: Line(), count: max(0, count - lines.count))
    }

    private var head: Line {
        let rows = self.board.rows.values
        let parts: [(Int, String, Ink)] = [
            (rows.count { $0.rank == 0 }, "open", .red), (rows.count { $0.rank == 1 }, "half-open", .yellow),
            (rows.count { $0.rank == 2 }, "forced", .magenta), (rows.count { $0.rank == 3 }, "near", .yellow),
        ]
        let states = parts.map { Line("\($0.0.grouped) \($0.1)", $0.0 > 0 ? $0.2 : .plain) }
        let calls = rows.reduce(0) { $0 + $1.calls }
        return Line("breakerd ", .bold) + Line("\(self.view.place)  ", .dim)
            + Line("\(rows.count.of("breaker")): ") + states.joined(separator: ", ")
            + Line("  \(Rate.words(calls)) calls/s")
    }

    private func second(found: Int) -> Line {
        if let lostAt = self.view.lostAt {
            let time = Span.past(self.now - lostAt)
            return Line("connection lost \(time) ago, reconnecting; this is what was known before", .red)
        }
        let filter = self.view.filter.isEmpty ? "" : "  \(found.grouped) with \"\(self.view.filter)\""
        return Line("by \(self.view.order.rawValue)\(filter)", .dim)
    }

    private var foot: Line {
        if self.view.mode == .typing {
            return Line("/\(self.view.filter)▏") + Line("  Enter keeps it, Esc drops it", .dim)
        }
        return Line("q quit  / filter  s n c f r sort  ↑ ↓ choose  Enter why  ? help", .dim)
    }

    private func table(of rows: [TopRow]) -> [Line] {
        var table = Table([
            Table.Column(title: ""), Table.Column(title: "STATE"),
            Table.Column(title: "BREAKER", shrinks: true), Table.Column(title: "FOR", right: true),
            Table.Column(title: "CALLS/S", right: true), Table.Column(title: "FAILED", right: true),
            Table.Column(title: "REFUSED/S", right: true),
            Table.Column(title: "SEEN BY", right: true, yields: true),
            Table.Column(title: "NEXT", shrinks: true),
        ])
        let shown = self.inSight(rows)
        let chosen = self.view.chosen.flatMap { name in shown.contains { $0.name == name } ? name : nil }
        let mark = self.height == nil ? nil : chosen ?? shown.first?.name
        for row in shown { table.add(self.cells(row, isChosen: row.name == mark)) }
        guard !shown.isEmpty else {
            return [Line(), Line("no breakers\(self.view.filter.isEmpty ? "" : " like that")")]
        }
        let lines = table.lines(width: self.width)
        return self.view.lostAt == nil ? lines : lines.map { Line($0.plain, .dim) }
    }

    /// The rows around the chosen one that fit.
    private func inSight(_ rows: [TopRow]) -> ArraySlice<TopRow> {
        guard rows.count > self.room else { return rows[...] }
        let at = self.view.chosen.flatMap { name in rows.firstIndex { $0.name == name } } ?? 0
        let first = max(0, min(at - self.room + 1, rows.count - self.room))
        return rows[first..<min(rows.count, first + self.room)]
    }

    private func cells(_ row: TopRow, isChosen: Bool) -> [Line] {
        let window = row.window
        let failed: Line =
            window.calls > 0
            ? Line(Percent.words(window.failureRate), window.failures > 0 ? .yellow : .plain) : "-"
        let saw = window.reporters > 0 ? "\(window.failingReporters) of \(window.reporters)" : ""
        return [
            Line(isChosen ? "›" : "", .bold),
            StateLabel(row.state, override: row.override).line(shapes: true), Line(row.name, .bold),
            Line(row.since.map { Span.past(self.now - $0) } ?? ""), Line(Rate.words(row.calls)), failed,
            Line(Rate.words(row.refused)), Line(saw), Line(self.next(row)),
        ]
    }

    /// What will happen next, and why it is so.
    private func next(_ row: TopRow) -> String {
        let left = row.until.map { Span.left($0 - self.now) }
        if let override = row.override {
            let why = override.reason.map { ": \($0)" } ?? ""
            return
                "\(left.map { "\($0) more" } ?? "until cleared"), by \(override.actor ?? "an operator")\(why)"
        }
        switch row.state {
        case .closed: return row.isNear ? "near its limit" : ""
        case .halfOpen:
            let all = row.probes.successes + row.probes.needed
            return "\(row.probes.outstanding.of("probe")) out, \(row.probes.successes) of \(all) succeeded"
        case .open:
            let probes = left.map { "probes in \($0)" } ?? "about to probe"
            return probes + (row.reason.map { ": \($0.words)" } ?? "")
        }
    }

    private static let help: [Line] = [
        "", "s  worst first: open, half-open, forced, near a limit", "n  by name", "c  by calls a second",
        "f  by the share of failures in the window", "r  by refused calls a second",
        "/  only names with a text in them; Esc drops it", "↑ ↓ k j, PgUp PgDn  choose a breaker",
        "Enter  why the chosen one is as it is", "q  quit", "", "Any key goes back.",
    ]
}

/// Rates a second.
enum Rate {
    /// Whole from ten on, a decimal below.
    static func words(_ perSecond: Double) -> String {
        if perSecond > 0, perSecond < 0.05 { return "< 0.1" }
        let tenths = (perSecond * 10).rounded()
        if tenths >= 100 { return Int(perSecond.rounded()).grouped }
        return tenths.truncatingRemainder(dividingBy: 10) == 0 ? "\(Int(tenths / 10))" : "\(tenths / 10)"
    }
}
