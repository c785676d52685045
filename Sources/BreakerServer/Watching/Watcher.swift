import BreakerCore
import BreakerWire

/// One `watch` of one connection: which breakers, and how far its peer has been told.
///
/// A watcher has no queue: it reads the feed from its cursor whenever its connection can be written to.
struct Watcher {
    enum Progress {
        /// Sending the present state, piece by piece of the table; changes after `since` follow when it is
        /// done.
        case snapshot(SnapshotPosition, since: UInt64)
        /// Every change up to the revision has been sent.
        case following(after: UInt64)
    }

    let id: RequestID
    /// What stands for itself, without wildcards: a client's mirror names its breakers one by one.
    private let names: Set<String>
    private let patterns: [Glob]
    private let watchesAll: Bool
    var progress: Progress
    /// The revision at which `synced` is to be said; nil: it has been.
    var syncAt: UInt64?
    /// Breakers that changed while the snapshot was sent, with the revision it showed them at: the feed will
    /// bring those changes again, and they must not be told twice, out of order.
    var shown: [String: UInt64] = [:]
    /// Nil: it does not want to know what breakers count.
    var counts: CountsProgress?

    init(id: RequestID, patterns: [Glob], progress: Progress, wantsCounts: Bool) {
        self.id = id
        self.counts = wantsCounts ? CountsProgress() : nil
        self.names = Set(patterns.lazy.filter(\.isLiteral).map(\.pattern))
        self.patterns = patterns.filter { !$0.isLiteral }
        self.watchesAll = patterns.contains { $0.pattern == "*" }
        self.progress = progress
    }

    /// Whether the peer has been told that it knows the present state.
    var isSynced: Bool {
        switch self.progress {
        case .snapshot: false
        case .following: self.syncAt == nil
        }
    }

    /// All that it can ever want, where it has no pattern.
    var onlyNames: [String]? { self.patterns.isEmpty ? Array(self.names) : nil }

    func wants(_ breaker: String) -> Bool {
        self.watchesAll || self.names.contains(breaker) || self.patterns.contains { $0.matches(breaker) }
    }
}
