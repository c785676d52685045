import BreakerClient

/// What `breakerctl list` prints.
enum ListTable {
    static func table(of breakers: [BreakerStatus], shapes: Bool) -> Table {
        var table = Table([
            Table.Column(title: "BREAKER", shrinks: true), Table.Column(title: "STATE"),
            Table.Column(title: "FOR", right: true), Table.Column(title: "CALLS", right: true),
            Table.Column(title: "FAILED", right: true), Table.Column(title: "SLOW", right: true),
            Table.Column(title: "NEXT", shrinks: true),
        ])
        for breaker in breakers { table.add(self.row(breaker, shapes: shapes)) }
        return table
    }

    private static func row(_ breaker: BreakerStatus, shapes: Bool) -> [Line] {
        let window = breaker.window
        return [
            Line(breaker.breaker), StateLabel(breaker.state, override: breaker.override).line(shapes: shapes),
            Line(Span.past(breaker.timeInState)), window.calls > 0 ? Line(window.calls.grouped) : "-",
            self.share(window.failures, window.failureRate, of: window.calls),
            window.slow > 0 ? Line(Percent.words(window.slowCallRate)) : "", Line(self.next(breaker)),
        ]
    }

    private static func share(_ part: Int, _ rate: Double, of calls: Int) -> Line {
        guard calls > 0 else { return "-" }
        return Line(Percent.words(rate), part > 0 ? .yellow : .plain)
    }

    /// What will happen next, or who has to make it happen.
    private static func next(_ breaker: BreakerStatus) -> String {
        if let override = breaker.override {
            let until = override.expiresIn.map { "\(Span.left($0)) more" } ?? "until cleared"
            let why = override.reason.map { ": \($0)" } ?? ""
            return "\(until), by \(override.actor ?? "an operator")\(why)"
        }
        switch breaker.state {
        case .closed: return ""
        case .open: return breaker.retryAfter.map { "probes in \(Span.left($0))" } ?? "about to probe"
        case .halfOpen:
            let probes = breaker.probes
            let all = probes.successes + probes.needed
            return
                "\(probes.outstanding.of("probe")) out, \(probes.successes) of \(all) succeeded"
        }
    }
}
