import BreakerWire

extension CallReport {
    func write(to line: inout JSONWriter) {
        line.field("breaker", self.breaker)
        line.field("outcome", self.outcome.rawValue)
        line.field("generation", self.generation)
        line.field("permit", self.permit)
        line.field("duration_ms", self.duration?.milliseconds)
        line.field("error", self.error)
        line.field("retry_after_ms", self.retryAfter?.milliseconds)
        line.field("traceparent", self.traceparent)
    }
}

extension CallCounts {
    func write(to line: inout JSONWriter) {
        line.field("breaker", self.breaker)
        line.field("generation", self.generation)
        for (key, count) in [
            ("success", self.success), ("failure", self.failure), ("timeout", self.timeout),
            ("ignored", self.ignored), ("rejected", self.rejected), ("slow", self.slow),
            ("trailing_failures", self.trailingFailures),
        ] {
            line.field(named: key, count)
        }
        line.field("duration_sum_ms", self.durationSum.milliseconds)
        if !self.durations.isEmpty {
            line.array("durations") { list in
                for each in self.durations {
                    list.arrayElement { pair in
                        // What is beyond the microsecond is noise and costs bytes.
                        pair.element((each.duration.milliseconds * 1_000).rounded() / 1_000)
                        pair.element(each.calls)
                    }
                }
            }
        }
        line.field("error", self.error)
        guard !self.traceparents.isEmpty else { return }
        line.array("traceparents") { list in self.traceparents.forEach { list.element($0) } }
    }
}
