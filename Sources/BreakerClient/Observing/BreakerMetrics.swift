import BreakerCore
import Metrics

/// The metrics of one breaker, made once, with its cell. Most calls are counted here when the outbox gathers
/// them, many at a time.
final class BreakerMetrics: Sendable {
    private let success: Counter
    private let failure: Counter
    private let timeout: Counter
    private let ignored: Counter
    private let rejected: Counter
    private let slow: Counter
    private let duration: FloatingPointCounter
    private let states: [(state: BreakerState, isCurrent: Meter, changes: Counter)]

    init(breaker: String, factory: any MetricsFactory) {
        func counter(_ name: String, _ dimension: (String, String)...) -> Counter {
            Counter(
                label: "breakerd_client_\(name)", dimensions: [("breaker", breaker)] + dimension,
                factory: factory)
        }
        self.success = counter("calls_total", ("outcome", "success"))
        self.failure = counter("calls_total", ("outcome", "failure"))
        self.timeout = counter("calls_total", ("outcome", "timeout"))
        self.ignored = counter("calls_total", ("outcome", "ignored"))
        self.rejected = counter("calls_total", ("outcome", "rejected"))
        self.slow = counter("slow_calls_total")
        self.duration = FloatingPointCounter(
            label: "breakerd_client_call_duration_seconds_total", dimensions: [("breaker", breaker)],
            factory: factory)
        self.states = BreakerState.allCases.map { state in
            let dimensions = [("breaker", breaker), ("state", state.rawValue)]
            return (
                state, Meter(label: "breakerd_client_state", dimensions: dimensions, factory: factory),
                Counter(
                    label: "breakerd_client_state_changes_total", dimensions: dimensions, factory: factory)
            )
        }
    }

    /// What was counted since the last time.
    func count(_ element: ReportElement) {
        self.success.add(element.success)
        self.failure.add(element.failure)
        self.timeout.add(element.timeout)
        self.ignored.add(element.ignored)
        self.rejected.add(element.rejected)
        self.slow.add(element.slow)
        self.took(element.duration)
    }

    /// One call that the daemon is told of by itself.
    func count(_ outcome: CallOutcome, took duration: Interval, isSlow: Bool) {
        switch outcome {
        case .success: self.success.increment()
        case .failure: self.failure.increment()
        case .timeout: self.timeout.increment()
        case .ignored: return self.ignored.increment()
        }
        if isSlow { self.slow.increment() }
        self.took(duration)
    }

    /// One call that the daemon itself has refused.
    func reject() { self.rejected.increment() }

    /// - Parameter state: nil: the daemon knows no such breaker.
    func show(_ state: BreakerState?, isChange: Bool) {
        for known in self.states {
            known.isCurrent.set(known.state == state ? 1 : 0)
            if isChange, known.state == state { known.changes.increment() }
        }
    }

    private func took(_ duration: Interval) {
        if duration > .zero { self.duration.increment(by: Double(duration.nanoseconds) / 1e9) }
    }
}

extension Counter {
    /// Most of what is gathered is nothing.
    fileprivate func add(_ count: Int) {
        if count > 0 { self.increment(by: count) }
    }
}
