import Logging
import Synchronization

/// Tells whoever watches the application what the daemon says of one breaker: in its log and its metrics.
final class BreakerObserver: Sendable {
    private struct Seen {
        var state: BreakerState?
        var generation: UInt64 = 0
    }

    /// Nil: nobody asked for any.
    let metrics: BreakerMetrics?
    private let name: String
    private let logger: Logger
    private let seen = Mutex(Seen())

    init(name: String, logger: Logger, metrics: BreakerMetrics?) {
        (self.name, self.logger, self.metrics) = (name, logger, metrics)
    }

    /// The daemon has told a state. Answers and events reach this from many threads: what is older than the
    /// last is left out.
    ///
    /// - Parameter anew: it counts whatever was seen before.
    func saw(_ state: BreakerState, generation: UInt64, anew: Bool = false) {
        let former = self.seen.withLock { seen -> BreakerState? in
            guard anew || generation >= seen.generation else { return state }
            defer { seen = Seen(state: state, generation: generation) }
            if state != seen.state { self.metrics?.show(state, isChange: seen.state != nil) }
            return seen.state
        }
        if state != former { self.log(state, generation, former: former) }
    }

    /// The breaker does not exist any more.
    func sawNone() {
        self.seen.withLock { seen in
            seen = Seen()
            self.metrics?.show(nil, isChange: false)
        }
    }

    private func log(_ state: BreakerState, _ generation: UInt64, former: BreakerState?) {
        var metadata: Logger.Metadata = [
            "breaker": "\(self.name)", "state": "\(state.rawValue)", "generation": "\(generation)",
        ]
        if let former { metadata["former"] = "\(former.rawValue)" }
        // That a breaker is closed is worth a line only where it was not.
        let isNews = state == .open || state == .closed && former != nil
        self.logger.log(.stateChanged, at: isNews ? .info : .debug, metadata)
    }
}
