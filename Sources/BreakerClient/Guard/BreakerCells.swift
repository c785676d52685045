import Logging
import Synchronization

/// The guarded names of one client. A cell is never removed: applications guard a handful of names for good.
final class BreakerCells: Sendable {
    private struct State {
        var byName: [String: BreakerCell] = [:]
        /// Those that the daemon takes, in the order in which they were named.
        var shared: [BreakerCell] = []
    }

    private let state = Mutex(State())
    private let configuration: BreakerClient.Configuration
    private let signals: LinkSignals
    private let metrics: ClientMetrics?

    init(configuration: BreakerClient.Configuration, signals: LinkSignals, metrics: ClientMetrics?) {
        self.configuration = configuration
        self.signals = signals
        self.metrics = metrics
    }

    /// The one cell of a name, and whether the event loop has something to do about it; a policy, if given,
    /// replaces the one wished for before.
    func cell(_ name: String, policy: BreakerPolicy?) -> (BreakerCell, hasNews: Bool) {
        let (cell, isNew) = self.state.withLock { state in
            if let cell = state.byName[name] { return (cell, false) }
            let cell = self.make(name)
            state.byName[name] = cell
            return (cell, true)
        }
        if let policy { cell.wish(policy, logger: self.configuration.logger) }
        if isNew, cell.isNameValid { self.state.withLock { $0.shared.append(cell) } }
        if isNew, !cell.isNameValid {
            self.configuration.logger.log(.nameInvalid, at: .error, ["breaker": "\(name)"])
        }
        return (cell, cell.isNameValid && (isNew || policy != nil))
    }

    private func make(_ name: String) -> BreakerCell {
        let observer = BreakerObserver(
            name: name, logger: self.configuration.logger, metrics: self.metrics?.breaker(name))
        return BreakerCell(
            name: name, configuration: self.configuration, signals: self.signals, observer: observer)
    }

    /// Those named after the first `count`.
    func shared(after count: Int) -> ArraySlice<BreakerCell> {
        self.state.withLock { $0.shared.dropFirst(count) }
    }
}
