// Breakers as `get` and `list` show them.

import BreakerCore
import BreakerWire

extension JSONWriter {
    /// What `get` and `list` share.
    mutating func fields(of view: BreakerView, at moment: Moment) {
        let breaker = view.breaker
        self.field("breaker", view.name)
        self.field("state", breaker.state.rawValue)
        self.field("generation", breaker.generation)
        self.field("since_ms", max(0, (moment.now - breaker.since).wholeMillisecondsDown))
        let until = StateView(breaker, reason: nil).until
        self.field("retry_after_ms", until.map { max(0, ($0 - moment.now).wholeMillisecondsUp) })
        self.override(breaker.override, since: breaker.since, at: moment.now)
        self.counts(of: view, at: moment)
    }

    /// What it has counted.
    mutating func counts(of view: BreakerView, at moment: Moment) {
        let counts = view.breaker.window.counts(at: moment.now)
        self.window(counts, inARow: view.breaker.consecutiveFailures)
        self.totals(view.breaker.totals)
        self.probes(of: view)
        // In thousandths: it is for people, and for ordering.
        let nearness = (view.breaker.nearness(counts, policy: view.policy) * 1_000).rounded(.up) / 1_000
        self.field("nearness", nearness > 0 ? nearness : nil)
    }

    /// The whole of `get`.
    mutating func allFields(
        of view: BreakerView, shares: [InstanceShare], refused: [RefusedShare], at moment: Moment
    ) {
        self.fields(of: view, at: moment)
        self.latency(view.breaker.latency(at: moment.now))
        self.objects("instances", shares.map(\.json))
        self.objects("refused_instances", refused.map(\.json))
        self.field("policy", view.policy)
        if let trip = view.breaker.lastTrip {
            var reason = trip.reason.json
            reason.append("at_ms", .integer(moment.wall(trip.at)))
            self.field("last_trip", reason)
        }
    }

    /// Nothing where no override is in force.
    mutating func override(_ override: Override?, since: Instant, at now: Instant) {
        guard let override else { return }
        self.object("override") { object in
            object.field("mode", override.mode.rawValue)
            object.field("actor", override.actor)
            object.field("reason", override.note)
            object.field("since_ms", max(0, (now - since).wholeMillisecondsDown))
            object.field("expires_in_ms", override.until.map { max(0, ($0 - now).wholeMillisecondsUp) })
        }
    }

    private mutating func window(_ counts: WindowCounts, inARow: UInt32) {
        self.object("window") { object in
            object.field("calls", counts.calls)
            object.field("failures", counts.failures)
            object.field("slow", counts.slow)
            object.field("failure_rate", counts.failureRate)
            object.field("slow_call_rate", counts.slowCallRate)
            object.field("consecutive_failures", inARow)
            object.field("reporters", counts.reporters)
            object.field("failing_reporters", counts.failingReporters)
        }
    }

    /// In milliseconds. What is beyond the microsecond is noise.
    private mutating func latency(_ latency: LatencyPercentiles?) {
        guard let latency else { return }
        self.object("latency") { object in
            for (name, value) in [("p50_ms", latency.p50), ("p90_ms", latency.p90), ("p99_ms", latency.p99)] {
                object.field(named: name, (value * 1_000).rounded() / 1_000)
            }
        }
    }

    /// Nothing where there are none.
    private mutating func objects(_ key: StaticString, _ objects: [JSONObject]) {
        guard !objects.isEmpty else { return }
        self.field(key, JSONValue.array(objects.map { .object($0) }))
    }

    private mutating func totals(_ totals: Totals) {
        self.object("totals") { object in
            object.calls(totals)
            object.field("lost_probes", totals.lostProbes)
        }
    }

    private mutating func probes(of view: BreakerView) {
        var (outstanding, successes, needed) = (0, 0, view.policy.probeSuccesses)
        if case .halfOpen(let probation) = view.breaker.phase {
            outstanding = probation.outstanding.count
            successes = probation.successes
            needed = probation.needed(view.policy)
        }
        self.object("probes") { object in
            object.field("outstanding", outstanding)
            object.field("successes", successes)
            object.field("needed", needed)
        }
    }
}

extension Interval {
    /// In whole milliseconds, rounded down: for how long something has been so.
    var wholeMillisecondsDown: Int64 { self.nanoseconds / 1_000_000 }
}
