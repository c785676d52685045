import BreakerCore
import BreakerStore
import BreakerWire

extension JSONWriter {
    /// One minute of one breaker.
    mutating func fields(of minute: Minute) {
        self.field("at_ms", minute.atMilliseconds)
        self.field("state", minute.worst.rawValue)
        self.calls(minute.calls)
        self.field("p50_ms", minute.p50)
        self.field("p99_ms", minute.p99)
    }

    mutating func fields(of summary: Summary) {
        self.field("since_ms", summary.span.from)
        self.field("until_ms", summary.span.until)
        self.field("step_ms", summary.span.step)
        self.field("count", summary.count)
        self.object("totals") { object in
            object.calls(summary.calls)
            object.field("trips", summary.trips)
            object.field("open_ms", summary.open)
        }
        self.array("breakers") { list in
            for breaker in summary.breakers { list.element { $0.fields(of: breaker) } }
        }
        self.array("steps") { list in
            for step in summary.steps {
                list.element { object in
                    object.field("at_ms", step.atMilliseconds)
                    object.calls(step.calls)
                    object.field("trips", step.trips)
                }
            }
        }
    }

    private mutating func fields(of breaker: Summary.Breaker) {
        self.field("breaker", breaker.name)
        self.calls(breaker.calls)
        self.field("trips", breaker.trips)
        self.field("open_ms", breaker.open)
        self.field("p99_ms", breaker.p99)
        // As in `get`: a trip whose reason this version does not know is none to tell of.
        guard let trip = breaker.lastTrip, var reason = trip.reason?.json else { return }
        reason.append("at_ms", .integer(trip.atMilliseconds))
        self.field("last_trip", reason)
    }

    /// Calls by what became of them.
    mutating func calls(_ calls: Totals) {
        self.field("success", calls.success)
        self.field("failure", calls.failure)
        self.field("timeout", calls.timeout)
        self.field("ignored", calls.ignored)
        self.field("rejected", calls.rejected)
        self.field("late", calls.late)
    }
}
