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

    init(configuration: BreakerClient.Configuration, signals: LinkSignals) {
        self.configuration = configuration
        self.signals = signals
    }

    /// The one cell of a name, and whether the event loop has something to do about it; a policy, if given,
    /// replaces the one wished for before.
    func cell(_ name: String, policy: BreakerPolicy?) -> (BreakerCell, hasNews: Bool) {
        let (cell, isNew) = self.state.withLock { state in
            if let cell = state.byName[name] { return (cell, false) }
            let cell = BreakerCell(
                name: name, configuration: self.configuration, signals: self.signals)
            state.byName[name] = cell
            return (cell, true)
        }
        if let policy { cell.wish(policy, logger: self.configuration.logger) }
        if isNew, cell.isNameValid { self.state.withLock { $0.shared.append(cell) } }
        return (cell, cell.isNameValid && (isNew || policy != nil))
    }

    /// Those named after the first `count`.
    func shared(after count: Int) -> ArraySlice<BreakerCell> {
        self.state.withLock { $0.shared.dropFirst(count) }
    }
}
