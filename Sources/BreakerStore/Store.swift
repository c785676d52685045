/// The daemon's memory on disk.
package final class Store: Sendable {
    /// Called on the store's own thread when the disk starts to fail and when it works again.
    package typealias StatusObserver = @Sendable (StoreStatus) -> Void

    /// Opens or creates the database and reads all of it.
    package static func open(
        _ options: StoreOptions, wallMilliseconds: Int64,
        onStatusChange: @escaping StatusObserver = { _ in }
    ) throws(StoreOpenError) -> (Store, LoadedState) {
        (Store(), LoadedState())
    }

    /// An automatic change: on disk within 10 ms. Never waits.
    package func record(_ change: ChangeRecord) {}

    /// The periodic flush of windows and totals, in one transaction with the batches they stem from. Never waits.
    package func save(_ counters: [CounterRecord], sequences: [InstanceSequence], anchor: ClockAnchor) {}

    /// An operator's command. `completion` gets the event's id once it is on disk, or `.unavailable`: then nothing of
    /// it is or will be. Called on the store's own thread.
    package func commit(
        _ command: CommandRecord, completion: @escaping @Sendable (Result<Int64, StoreError>) -> Void
    ) {}

    /// Reads history, everything enqueued before included unless the disk fails. Called on the store's own thread.
    package func history(
        _ query: HistoryQuery, completion: @escaping @Sendable (Result<[HistoryEvent], StoreError>) -> Void
    ) {}

    /// Returns when everything enqueued before is on disk; false: the disk fails.
    @discardableResult
    package func flush() async -> Bool { true }

    /// The same, blocking the calling thread.
    @discardableResult
    package func flushAndWait() -> Bool { true }

    /// Flushes, marks the database as cleanly stopped and closes it; at most 5 s. False: something was lost, and the
    /// next start counts as one after a crash. Commands that come later get `.unavailable`.
    @discardableResult
    package func close(wallMilliseconds: Int64) async -> Bool { true }

    /// The same, blocking the calling thread.
    @discardableResult
    package func closeAndWait(wallMilliseconds: Int64) -> Bool { true }

    package var status: StoreStatus { StoreStatus(path: "") }
}
