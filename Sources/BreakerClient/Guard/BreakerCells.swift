import Synchronization

/// The guarded names of one client. A cell is never removed: applications guard a handful of names for good.
final class BreakerCells: Sendable {
    private let cells = Mutex<[String: BreakerCell]>([:])
    private let configuration: BreakerClient.Configuration

    init(configuration: BreakerClient.Configuration) { self.configuration = configuration }

    /// The one cell of a name; a policy, if given, replaces the one wished for before.
    func cell(_ name: String, policy: BreakerPolicy?) -> BreakerCell {
        let cell = self.cells.withLock { cells in
            if let cell = cells[name] { return cell }
            let cell = BreakerCell(name: name, instance: self.configuration.instance ?? "")
            cells[name] = cell
            return cell
        }
        if let policy { cell.wish(policy, logger: self.configuration.logger) }
        return cell
    }
}
