package import BreakerCore

/// How the store is doing, at one moment.
package struct StoreStatus: Hashable, Sendable {
    /// Set while the disk fails: the last error in words.
    package var error: String?
    /// For how long it has failed; set exactly when `error` is.
    package var failingFor: Interval?
    /// Records that wait for the disk.
    package var owed = 0
    /// Events that were given up because too many waited; since the start.
    package var droppedEvents: UInt64 = 0
    /// Transactions committed since the start.
    package var commits: UInt64 = 0
    package var lastCommitDuration = Interval.zero
    /// Events on disk.
    package var historyRows = 0
    /// Minutes of breakers on disk.
    package var minuteRows = 0
    /// Events written since the start.
    package var historyWritten: UInt64 = 0
    /// The file, or ":memory:".
    package var path: String

    package init(path: String) {
        self.path = path
    }

    package var isFailing: Bool { self.error != nil }
}
