import BreakerServer

/// Sends transitions as log records. It has no queue: it reads the daemon's feed of changes from a cursor,
/// and where it falls too far behind, the oldest are passed over and counted.
struct TransitionExport {
    /// Changes of the feed that are read at once.
    private static let chunk = 256

    let door: InnerDoor
    let settings: TelemetrySettings
    let exporter: Exporter
    private var cursor: UInt64

    /// Everything from now on, also what comes before it runs.
    init(door: InnerDoor, settings: TelemetrySettings, exporter: Exporter) {
        (self.door, self.settings, self.exporter) = (door, settings, exporter)
        self.cursor = door.changes.revision
    }

    /// Until its task is cancelled; then once more, for as long as a stop may take.
    mutating func run(lastWords: Duration) async {
        while (try? await Task.sleep(for: self.settings.logDelay)) != nil {
            await self.sendAll(within: self.settings.logPatience)
        }
        await Task { [self] in
            var last = self
            await last.sendAll(within: lastWords)
        }.value
    }

    private mutating func sendAll(within patience: Duration) async {
        while true {
            let start = self.cursor
            let (changes, missed) = self.next()
            guard !changes.isEmpty || missed > 0 else { return }
            let request = LogsRequest(
                changes, missed: missed, at: self.door.anchor, limits: self.settings.logLimits)
            let deadline = ContinuousClock.now + patience
            guard await self.exporter.send(request, of: self.settings.resource, until: deadline) else {
                // Cut short by a stop: they are among the last words.
                if Task.isCancelled { self.cursor = start }
                return
            }
        }
    }

    /// The next transitions, up to a batch, and how many changes before them were passed over.
    private mutating func next() -> (changes: [Change], missed: UInt64) {
        let feed = self.door.changes
        var missed: UInt64 = 0
        let waiting = feed.revision - self.cursor
        if waiting > UInt64(self.settings.logQueue) {
            missed = waiting - UInt64(self.settings.logQueue)
            self.cursor += missed
        }
        var batch: [Change] = []
        while batch.count < self.settings.logBatch {
            let limit = min(TransitionExport.chunk, self.settings.logBatch - batch.count)
            guard case .changes(let changes) = feed.read(after: self.cursor, limit: limit) else {
                missed += feed.revision - self.cursor
                self.cursor = feed.revision
                break
            }
            guard let last = changes.last else { break }
            self.cursor = last.revision
            batch += changes.filter { if case .state = $0.kind { true } else { false } }
        }
        return (batch, missed)
    }
}
