import BreakerCore
import Metrics

/// The metrics of a client as a whole, made once, with it.
final class ClientMetrics: Sendable {
    /// How a batch ended.
    enum BatchEnd: String {
        case acknowledged
        /// The daemon did not take it, and it is given up.
        case refused
        /// It is sent again.
        case unanswered
    }

    private let factory: any MetricsFactory
    private let connected: Meter
    private let reconnects: Counter
    private let dropped: Counter
    private let acknowledged: Counter
    private let refused: Counter
    private let unanswered: Counter
    private let allowing: Timer
    private let probing: Timer
    private let refusing: Timer
    private let missing: Timer

    init(factory: any MetricsFactory) {
        func batches(_ end: BatchEnd) -> Counter {
            Counter(
                label: "breakerd_client_batches_total", dimensions: [("result", end.rawValue)],
                factory: factory)
        }
        func asks(_ result: String) -> Timer {
            Timer(
                label: "breakerd_client_ask_duration_seconds", dimensions: [("result", result)],
                preferredDisplayUnit: .seconds, factory: factory)
        }
        self.factory = factory
        self.connected = Meter(label: "breakerd_client_connected", factory: factory)
        self.reconnects = Counter(label: "breakerd_client_reconnects_total", factory: factory)
        self.dropped = Counter(label: "breakerd_client_dropped_outcomes_total", factory: factory)
        (self.acknowledged, self.refused) = (batches(.acknowledged), batches(.refused))
        self.unanswered = batches(.unanswered)
        (self.allowing, self.probing) = (asks("allowed"), asks("probe"))
        (self.refusing, self.missing) = (asks("refused"), asks("unanswered"))
        self.connected.set(0)
    }

    /// The metrics of one of its breakers, to be made once.
    func breaker(_ name: String) -> BreakerMetrics { BreakerMetrics(breaker: name, factory: self.factory) }

    /// - Parameter again: it was connected before.
    func connect(again: Bool) {
        self.connected.set(1)
        if again { self.reconnects.increment() }
    }

    func disconnect() { self.connected.set(0) }

    func drop(_ outcomes: Int) { self.dropped.increment(by: outcomes) }

    func batch(_ end: BatchEnd) {
        switch end {
        case .acknowledged: self.acknowledged.increment()
        case .refused: self.refused.increment()
        case .unanswered: self.unanswered.increment()
        }
    }

    /// The daemon was asked for one call, and answered, or did not within the budget. A caller that gave up
    /// says nothing.
    func ask(_ answer: Result<Acquisition, BreakerError>, took duration: Interval) {
        switch answer {
        case .success(let answer):
            switch answer.verdict {
            case .allowed: self.allowing.recordNanoseconds(duration.nanoseconds)
            case .probe: self.probing.recordNanoseconds(duration.nanoseconds)
            case .refused: self.refusing.recordNanoseconds(duration.nanoseconds)
            }
        case .failure(let error):
            if error.code != .cancelled { self.missing.recordNanoseconds(duration.nanoseconds) }
        }
    }
}
