import BreakerClient

/// What `breakerctl history` prints.
enum HistoryTable {
    static func table(of events: [HistoryEvent], clock: Clock) -> Table {
        var table = Table([
            Table.Column(title: "EVENT", right: true), Table.Column(title: "WHEN"),
            Table.Column(title: "BREAKER", shrinks: true), Table.Column(title: "WHAT"),
            Table.Column(title: "WHY", flows: true),
        ])
        for event in events {
            table.add([
                Line(String(event.id), .dim), Line(clock.dateAndTime(event.at)),
                Line(event.breaker ?? event.match ?? ""), self.what(event), Line(self.why(event)),
            ])
        }
        return table
    }

    private static func what(_ event: HistoryEvent) -> Line {
        switch event.kind {
        case .override:
            guard let mode = event.mode, let words = mode.forcedWords else { return "override cleared" }
            return Line(words, .magenta)
        case .trip: return Line("tripped", .red)
        case .reset: return Line("reset", .green)
        case .policySet: return "policy set"
        case .policyDelete: return "policy deleted"
        case .transition:
            guard let state = event.to else { return "changed" }
            let label = StateLabel(state)
            return Line(event.from == state ? "\(label.words) again" : label.words, label.ink)
        default: return Line(event.kind.rawValue)
        }
    }

    private static func why(_ event: HistoryEvent) -> String {
        switch event.kind {
        case .override, .trip, .reset: return self.who(event)
        case .policySet, .policyDelete:
            return [event.policy?.spelled ?? "", self.who(event)].filter { !$0.isEmpty }.joined(
                separator: ", ")
        default:
            if let reason = event.reason { return reason.words }
            return self.unprompted(event)
        }
    }

    /// A transition without a reason came about by time or by successful probes.
    private static func unprompted(_ event: HistoryEvent) -> String {
        switch (event.from, event.to) {
        case (.open, .halfOpen): "its time was up"
        case (.halfOpen, .closed): "probes succeeded"
        default: ""
        }
    }

    private static func who(_ event: HistoryEvent) -> String {
        guard event.actor != nil || event.note != nil else { return "" }
        return "by \(event.actor ?? "an operator")\(Quote.after(event.note))"
    }
}
