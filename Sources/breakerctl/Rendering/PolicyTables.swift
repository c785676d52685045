import BreakerClient

/// What `breakerctl policy list` and `policy get` print.
enum PolicyTables {
    static func rules(_ rules: PolicyRules, clock: Clock) -> Table {
        var table = Table([
            Table.Column(title: "MATCH", shrinks: true), Table.Column(title: "SOURCE"),
            Table.Column(title: "WHEN", yields: true), Table.Column(title: "BY", shrinks: true),
            Table.Column(title: "REASON", shrinks: true), Table.Column(title: "POLICY", flows: true),
        ])
        for rule in rules.rules {
            table.add([
                Line(rule.match, .bold), Line(rule.source.rawValue),
                Line(rule.at.map(clock.dateAndTime) ?? ""), Line(rule.actor ?? ""), Line(rule.reason ?? ""),
                Line(rule.policy.spelled),
            ])
        }
        return table
    }

    static func effective(_ effective: EffectivePolicy) -> Table {
        var table = Table([
            Table.Column(title: "FIELD"), Table.Column(title: "VALUE"),
            Table.Column(title: "FROM", shrinks: true),
        ])
        for (field, value) in effective.policy.assignments {
            let origin = effective.sources[field]
            let ink: Ink = origin?.source == .default ? .dim : .plain
            table.add([Line(field), Line(value), Line(origin?.words ?? "", ink)])
        }
        return table
    }

    /// "done: 3 breakers are reached by it, policy revision 13".
    static func outcome(_ change: PolicyChange, done: String) -> String {
        let reach =
            change.matched == 1
            ? "1 existing breaker matches" : "\(change.matched.grouped) existing breakers match"
        let lead = change.isDryRun ? "would be \(done), nothing was changed" : done
        return "\(lead): \(reach), policy revision \(change.revision)"
    }
}
