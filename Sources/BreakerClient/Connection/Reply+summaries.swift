// Replies that tell what was, minute by minute.

extension Reply {
    func minutes() throws(BreakerError) -> [BreakerMinute] {
        var minutes: [BreakerMinute] = []
        for minute in try self.list("minutes") {
            minutes.append(
                BreakerMinute(
                    at: try minute.wallTime("at_ms"), state: try minute.value("state"),
                    calls: try minute.calls(), p50: try minute.optionalSpan("p50_ms"),
                    p99: try minute.optionalSpan("p99_ms")))
        }
        return minutes
    }

    func summary() throws(BreakerError) -> PeriodSummary {
        let totals = try self.nested("totals")
        var breakers: [PeriodSummary.Breaker] = []
        for breaker in try self.list("breakers") { breakers.append(try breaker.summaryOfBreaker()) }
        var steps: [PeriodSummary.Step] = []
        for step in try self.list("steps") {
            steps.append(
                PeriodSummary.Step(
                    at: try step.wallTime("at_ms"), calls: try step.calls(),
                    trips: try step.integer("trips")))
        }
        return PeriodSummary(
            since: try self.wallTime("since_ms"), until: try self.wallTime("until_ms"),
            stepLength: try self.span("step_ms"), count: try self.integer("count"),
            calls: try totals.calls(), trips: try totals.integer("trips"),
            openTime: try totals.span("open_ms"), breakers: breakers, steps: steps)
    }

    private func summaryOfBreaker() throws(BreakerError) -> PeriodSummary.Breaker {
        PeriodSummary.Breaker(
            name: try self.string("breaker"), calls: try self.calls(), trips: try self.integer("trips"),
            openTime: try self.span("open_ms"), p99: try self.optionalSpan("p99_ms"),
            lastTrip: try self.optionalNested("last_trip")?.lastTrip())
    }

    private func calls() throws(BreakerError) -> PeriodCounts {
        var calls = PeriodCounts()
        calls.success = try self.count("success")
        calls.failure = try self.count("failure")
        calls.timeout = try self.count("timeout")
        calls.ignored = try self.count("ignored")
        calls.rejected = try self.count("rejected")
        calls.late = try self.count("late")
        return calls
    }
}
