import BreakerCore
import BreakerWire
import Logging

/// Writes a line for every change of a breaker's state: what an operator searches the log for afterwards.
struct TransitionLog {
    private static let chunk = 256

    let feed: ChangeFeed
    let logger: Logger

    /// Returns when its task is cancelled.
    func run() async {
        let (signals, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.feed.onChange { continuation.yield() }
        var cursor = self.feed.revision
        for await _ in signals {
            while case .some(let next) = self.log(after: cursor) { cursor = next }
        }
    }

    /// Logs a chunk; where to go on, nil: nothing is left.
    private func log(after cursor: UInt64) -> UInt64? {
        switch self.feed.read(after: cursor, limit: TransitionLog.chunk) {
        case .changes(let changes):
            for change in changes { self.log(change) }
            return changes.last?.revision
        case .lost:
            let revision = self.feed.revision
            self.logger.warning("transitions_not_logged", metadata: ["missed": "\(revision - cursor)"])
            return revision
        }
    }

    private func log(_ change: Change) {
        switch change.kind {
        case .created:
            self.logger.debug("breaker_created", metadata: ["breaker": "\(change.breaker)"])
        case .forgotten:
            self.logger.debug("breaker_forgotten", metadata: ["breaker": "\(change.breaker)"])
        case .state(let state):
            self.logger.notice("breaker_changed", metadata: self.metadata(of: state, change))
        }
    }

    private func metadata(of state: StateView, _ change: Change) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "breaker": "\(change.breaker)", "state": "\(state.state.rawValue)",
            "generation": "\(state.generation)", "revision": "\(change.revision)",
        ]
        if let override = state.override { metadata["override"] = "\(override.mode.rawValue)" }
        for member in state.reason?.json.members ?? [] {
            metadata["reason.\(member.key)"] = "\(member.value.plainText)"
        }
        return metadata
    }
}

extension JSONValue {
    /// A string without its quotes, anything else as JSON.
    fileprivate var plainText: String {
        if case .string(let text) = self { text } else { self.description }
    }
}
