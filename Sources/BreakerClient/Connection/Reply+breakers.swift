// Replies and events that describe breakers.

extension Reply {
    func status() throws(BreakerError) -> BreakerStatus {
        let policy = try self.optionalNested("policy")
        return BreakerStatus(
            breaker: try self.string("breaker"), state: try self.value("state"),
            generation: try self.count("generation"), timeInState: try self.span("since_ms"),
            retryAfter: try self.optionalSpan("retry_after_ms"),
            override: try self.optionalNested("override")?.override(),
            window: try self.nested("window").window(), totals: try self.nested("totals").totals(),
            probes: try self.nested("probes").probes(),
            nearness: try self.optionalNumber("nearness") ?? 0,
            latency: try self.optionalNested("latency")?.latency(),
            instances: try self.shares("instances"),
            refusedInstances: try self.refusedShares(),
            policy: policy == nil ? nil : try self.policy("policy"),
            lastTrip: try self.optionalNested("last_trip")?.lastTrip())
    }

    func page() throws(BreakerError) -> BreakerPage {
        var breakers: [BreakerStatus] = []
        for breaker in try self.list("breakers") { breakers.append(try breaker.status()) }
        return BreakerPage(breakers: breakers, cursor: try self.optionalString("cursor"))
    }

    private func counts() throws(BreakerError) -> BreakerCounts {
        BreakerCounts(
            breaker: try self.string("breaker"), window: try self.nested("window").window(),
            totals: try self.nested("totals").totals(), probes: try self.nested("probes").probes(),
            nearness: try self.optionalNumber("nearness") ?? 0)
    }

    private func override() throws(BreakerError) -> BreakerOverride {
        BreakerOverride(
            mode: try self.value("mode"), actor: try self.optionalString("actor"),
            reason: try self.optionalString("reason"),
            timeInForce: try self.optionalSpan("since_ms") ?? .zero,
            expiresIn: try self.optionalSpan("expires_in_ms"))
    }

    private func window() throws(BreakerError) -> BreakerStatus.Window {
        var window = BreakerStatus.Window()
        window.calls = try self.integer("calls")
        window.failures = try self.integer("failures")
        window.slow = try self.integer("slow")
        window.failureRate = try self.optionalNumber("failure_rate") ?? 0
        window.slowCallRate = try self.optionalNumber("slow_call_rate") ?? 0
        window.consecutiveFailures = try self.integer("consecutive_failures")
        window.reporters = try self.integer("reporters")
        window.failingReporters = try self.integer("failing_reporters")
        return window
    }

    private func latency() throws(BreakerError) -> BreakerStatus.Latency {
        var latency = BreakerStatus.Latency()
        latency.p50 = .milliseconds(try self.optionalNumber("p50_ms") ?? 0)
        latency.p90 = .milliseconds(try self.optionalNumber("p90_ms") ?? 0)
        latency.p99 = .milliseconds(try self.optionalNumber("p99_ms") ?? 0)
        return latency
    }

    /// None where the member is absent.
    private func shares(_ key: String) throws(BreakerError) -> [InstanceShare] {
        try (self.optionalList(key) ?? []).map { share throws(BreakerError) in
            InstanceShare(
                instance: try share.string("instance"), calls: try share.integer("calls"),
                failures: try share.integer("failures"), slow: try share.integer("slow"),
                share: try share.optionalNumber("share") ?? 0)
        }
    }

    /// The same.
    private func refusedShares() throws(BreakerError) -> [RefusedShare] {
        try (self.optionalList("refused_instances") ?? []).map { share throws(BreakerError) in
            RefusedShare(
                instance: try share.string("instance"), rejected: try share.integer("rejected"),
                share: try share.optionalNumber("share") ?? 0)
        }
    }

    private func totals() throws(BreakerError) -> BreakerStatus.Totals {
        var totals = BreakerStatus.Totals()
        totals.success = try self.count("success")
        totals.failure = try self.count("failure")
        totals.timeout = try self.count("timeout")
        totals.ignored = try self.count("ignored")
        totals.rejected = try self.count("rejected")
        totals.late = try self.count("late")
        totals.lostProbes = try self.count("lost_probes")
        return totals
    }

    private func probes() throws(BreakerError) -> BreakerStatus.Probes {
        var probes = BreakerStatus.Probes()
        probes.outstanding = try self.integer("outstanding")
        probes.successes = try self.integer("successes")
        probes.needed = try self.integer("needed")
        return probes
    }

    func lastTrip() throws(BreakerError) -> BreakerStatus.LastTrip {
        BreakerStatus.LastTrip(reason: try self.reason(), at: try self.wallTime("at_ms"))
    }

    func reason() throws(BreakerError) -> BreakerReason {
        var reason = BreakerReason(rule: try self.value("rule"))
        reason.observed = try self.optionalNumber("observed")
        reason.threshold = try self.optionalNumber("threshold")
        reason.calls = try self.optionalInteger("calls")
        reason.failures = try self.optionalInteger("failures")
        reason.slow = try self.optionalInteger("slow")
        reason.slowCall = try self.optionalString("slow_call")
        reason.window = try self.optionalString("window")
        reason.reporters = try self.optionalInteger("reporters")
        reason.failingReporters = try self.optionalInteger("failing_reporters")
        reason.error = try self.optionalString("error")
        reason.outcome = try self.optionalString("outcome")
        reason.permit = try self.optionalString("permit")
        reason.lease = try self.optionalSpan("lease_ms")
        reason.retryAfter = try self.optionalSpan("retry_after_ms")
        reason.command = try self.optionalString("command")
        reason.mode = try self.optionalString("mode")
        reason.actor = try self.optionalString("actor")
        reason.note = try self.optionalString("note")
        reason.instances = try self.shares("instances")
        reason.traces = try self.optionalTexts("traces") ?? []
        return reason
    }

    /// A watch's event; nil for one that this version does not know.
    func event() throws(BreakerError) -> BreakerEvent? {
        switch try self.string("event") {
        case "state":
            return .state(
                BreakerChange(
                    breaker: try self.string("breaker"), state: try self.value("state"),
                    generation: try self.count("generation"), revision: try self.count("revision"),
                    retryAfter: try self.optionalSpan("retry_after_ms"),
                    override: try self.optionalNested("override")?.override(),
                    reason: try self.optionalNested("reason")?.reason()))
        case "forgotten":
            return .forgotten(breaker: try self.string("breaker"), revision: try self.count("revision"))
        case "synced": return .synced(revision: try self.count("revision"))
        case "heartbeat": return .heartbeat(revision: try self.count("revision"))
        case "counts":
            return .counts(try self.list("breakers").map { row throws(BreakerError) in try row.counts() })
        case "reset": return .reset(try self.value("reason"))
        default: return nil
        }
    }
}
