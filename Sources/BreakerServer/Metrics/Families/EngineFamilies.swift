import BreakerCore

/// What is told of all breakers together.
struct EngineFamilies {
    let engine: Engine
    let transitions: [RuledTransition: UInt64]

    var all: [MetricFamily] { self.breakers + self.changes + self.policies }

    private var breakers: [MetricFamily] {
        let counts = self.engine.stateCounts()
        return [
            MetricFamily(
                "breakerd_breakers", .gauge, labels: ["state"], help: "Breakers, by state.",
                samples: [
                    MetricSample(BreakerState.closed.rawValue, count: counts.closed),
                    MetricSample(BreakerState.open.rawValue, count: counts.open),
                    MetricSample(BreakerState.halfOpen.rawValue, count: counts.halfOpen),
                ]),
            MetricFamily(
                "breakerd_overridden_breakers", .gauge, help: "Breakers under an override.",
                samples: [MetricSample(count: counts.forced)]),
            MetricFamily(
                "breakerd_breakers_limit", .gauge, help: "Breakers that there may be: limits.breakers.",
                samples: [MetricSample(count: self.engine.settings.maximumBreakers)]),
        ]
    }

    /// Each kind from the first scrape on, so that the first of a kind is an increase. All breakers together:
    /// by breaker and rule it would be forty series each.
    private var changes: [MetricFamily] {
        [
            MetricFamily(
                "breakerd_transitions", .counter, labels: ["to", "rule"],
                help: "Changes of breakers, by the state that they led to and by what brought them about.",
                samples: TransitionRule.allCases.flatMap { rule in
                    rule.targets.map { state in
                        let kind = RuledTransition(to: state, rule: rule)
                        return MetricSample(
                            state.rawValue, rule.rawValue, count: self.transitions[kind] ?? 0)
                    }
                })
        ]
    }

    private var policies: [MetricFamily] {
        let rules = self.engine.policies().rules
        return [
            MetricFamily(
                "breakerd_policies", .gauge, labels: ["source"], help: "Policy rules, by who set them.",
                samples: [
                    MetricSample("file", count: rules.count { $0.source == .file }),
                    MetricSample("operator", count: rules.count { $0.source == .operator }),
                ])
        ]
    }
}

extension TransitionRule {
    /// The states that it can lead to.
    fileprivate var targets: [BreakerState] {
        switch self {
        case .failureRate, .slowCallRate, .consecutiveFailures, .retryAfter, .probeFailed, .probeExpired,
            .trip:
            [.open]
        case .probesSucceeded, .reset: [.closed]
        case .elapsed: [.halfOpen, .closed]
        case .override, .undone: BreakerState.allCases
        }
    }
}
