import BreakerCore
import BreakerWire
import Logging

/// Writes a line for every change of a breaker's state: what an operator searches the log for afterwards.
struct TransitionLog {
    private static let chunk = 256

    private let feed: ChangeFeed
    private let logger: Logger
    private let start: UInt64
    private let signals: AsyncStream<Void>

    /// Logs every change from now on, also those that come before it runs.
    init(feed: ChangeFeed, logger: Logger) {
        self.feed = feed
        self.logger = logger
        let (signals, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.signals = signals
        self.start = feed.revision
        feed.onChange { continuation.yield() }
    }

    /// Returns when its task is cancelled and everything until then is logged.
    func run() async {
        var cursor = self.log(from: self.start)
        for await _ in self.signals { cursor = self.log(from: cursor) }
        _ = self.log(from: cursor)
    }

    /// Logs what there is; the revision that it reached.
    private func log(from start: UInt64) -> UInt64 {
        var cursor = start
        while let next = self.log(after: cursor) { cursor = next }
        return cursor
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
