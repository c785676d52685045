// Families with a series for each breaker that has a label, and one for all others. Of each breaker there are
// about twenty series, whatever happens to it.

import BreakerCore

struct BreakerFamilies {
    let breakers: [BreakerReading]

    var all: [MetricFamily] {
        self.states + self.calls + self.window + self.latency + self.probes + self.overrides
    }

    private var states: [MetricFamily] {
        [
            MetricFamily(
                "breakerd_breaker_state", .gauge, labels: ["breaker", "state"],
                help: "1 for the state that the breaker is in, else 0; of _other, the breakers in the state.",
                samples: self.perState { reading, state in
                    MetricSample(reading.name, state.rawValue, count: reading.breakers[state])
                }),
            MetricFamily(
                "breakerd_state_seconds", .counter, unit: .seconds, labels: ["breaker", "state"],
                help: "Time spent in the state.",
                samples: self.perState { reading, state in
                    MetricSample(
                        reading.name, state.rawValue, .real(Double(reading.milliseconds[state]) / 1_000),
                        since: reading.since)
                }),
            MetricFamily(
                "breakerd_breaker_transitions", .counter, labels: ["breaker", "to"],
                help: "Changes of the breaker, by the state that they led to.",
                samples: self.perState { reading, state in
                    MetricSample(
                        reading.name, state.rawValue, count: reading.reached[state], since: reading.since)
                }),
        ]
    }

    private static let outcomes: [(name: String, total: @Sendable (Totals) -> UInt64)] = [
        ("success", { $0.success }), ("failure", { $0.failure }), ("timeout", { $0.timeout }),
        ("ignored", { $0.ignored }), ("rejected", { $0.rejected }), ("late", { $0.late }),
    ]

    private var calls: [MetricFamily] {
        [
            MetricFamily(
                "breakerd_calls", .counter, labels: ["breaker", "outcome"],
                help: "Calls by how they ended: rejected ones were not made, late ones decided nothing.",
                samples: self.breakers.flatMap { reading in
                    BreakerFamilies.outcomes.map { name, total in
                        MetricSample(reading.name, name, count: total(reading.totals), since: reading.since)
                    }
                })
        ]
    }

    private var window: [MetricFamily] {
        [
            MetricFamily(
                "breakerd_breaker_window_calls", .gauge, labels: ["breaker"],
                help: "Calls that the window holds.",
                samples: self.each { MetricSample($0.name, count: $0.window.calls) }),
            MetricFamily(
                "breakerd_breaker_failure_ratio", .gauge, unit: .ratio, labels: ["breaker"],
                help: "Failures and timeouts among the calls in the window; 0 without calls.",
                samples: self.each { MetricSample($0.name, "", .real($0.window.failureRate)) }),
            MetricFamily(
                "breakerd_breaker_slow_ratio", .gauge, unit: .ratio, labels: ["breaker"],
                help: "Slow calls among the calls in the window; 0 without calls.",
                samples: self.each { MetricSample($0.name, "", .real($0.window.slowCallRate)) }),
        ]
    }

    private var latency: [MetricFamily] {
        let percentiles: [(String, (LatencyPercentiles) -> Double)] = [
            ("0.5", \.p50), ("0.9", \.p90), ("0.99", \.p99),
        ]
        return [
            MetricFamily(
                "breakerd_call_duration_seconds", .histogram, unit: .seconds, labels: ["breaker"],
                help: "How long calls took, as their reports tell; late ones too.",
                samples: self.breakers.compactMap { reading in
                    reading.durations.histogram.map {
                        MetricSample(reading.name, "", .histogram($0), since: reading.since)
                    }
                }),
            MetricFamily(
                "breakerd_breaker_latency_seconds", .gauge, unit: .seconds,
                labels: ["breaker", "quantile"],
                help: "What so many of the calls in the window took at most; absent where nobody told.",
                samples: self.breakers.flatMap { reading in
                    reading.latency.map { latency in
                        percentiles.map {
                            MetricSample(reading.name, $0, .real($1(latency) / 1_000))
                        }
                    } ?? []
                }),
        ]
    }

    private var probes: [MetricFamily] {
        [
            MetricFamily(
                "breakerd_breaker_outstanding_probes", .gauge, labels: ["breaker"],
                help: "Probes that are out and not reported yet.",
                samples: self.each { MetricSample($0.name, count: $0.probes) }),
            MetricFamily(
                "breakerd_lost_probes", .counter, labels: ["breaker"],
                help: "Probes whose connection ended before they were reported.",
                samples: self.each {
                    MetricSample($0.name, count: $0.totals.lostProbes, since: $0.since)
                }),
        ]
    }

    private var overrides: [MetricFamily] {
        [
            MetricFamily(
                "breakerd_breaker_override", .gauge, labels: ["breaker", "mode"],
                help: "1 while an override of the mode is in force, else absent; of _other, how many are.",
                samples: self.forced { MetricSample($0, $1.rawValue, count: $2.breakers) }),
            MetricFamily(
                "breakerd_breaker_override_age_seconds", .gauge, unit: .seconds, labels: ["breaker", "mode"],
                help: "For how long the override has been in force; of _other, the oldest.",
                samples: self.forced { MetricSample($0, $1.rawValue, .real($2.age.seconds)) }),
            MetricFamily(
                "breakerd_breaker_override_remaining_seconds", .gauge, unit: .seconds,
                labels: ["breaker", "mode"],
                help: "Until the override ends; absent where it has no end; of _other, the first to end.",
                samples: self.forced { name, mode, forced in
                    forced.remaining.map { MetricSample(name, mode.rawValue, .real($0.seconds)) }
                }),
        ]
    }

    // MARK: Samples

    private func each(_ sample: (BreakerReading) -> MetricSample) -> [MetricSample] {
        self.breakers.map(sample)
    }

    private func perState(_ sample: (BreakerReading, BreakerState) -> MetricSample) -> [MetricSample] {
        self.breakers.flatMap { reading in BreakerState.allCases.map { sample(reading, $0) } }
    }

    private func forced(
        _ sample: (String, Override.Mode, BreakerReading.ForcedMode) -> MetricSample?
    ) -> [MetricSample] {
        self.breakers.flatMap { reading in
            Override.Mode.allCases.compactMap { mode in
                reading.forced[mode].flatMap { sample(reading.name, mode, $0) }
            }
        }
    }
}

extension Interval {
    var seconds: Double { Double(self.nanoseconds) / 1_000_000_000 }
}
