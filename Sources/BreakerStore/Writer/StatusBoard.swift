import BreakerCore
import Synchronization

/// The store's health, written by its thread and read by anybody.
final class StatusBoard: Sendable {
    /// From a fast disk's fsync to one that has as good as failed.
    private static let commitBounds: [Interval] = [
        .milliseconds(1), .milliseconds(2), .milliseconds(5), .milliseconds(10), .milliseconds(20),
        .milliseconds(50), .milliseconds(100), .milliseconds(200), .milliseconds(500), .seconds(1),
        .seconds(5),
    ]

    private struct State {
        var status: StoreStatus
        var failingSince: ContinuousClock.Instant?
        var commits = DurationHistogram(bounds: StatusBoard.commitBounds)
    }

    private let state: Mutex<State>
    private let inbox: Inbox

    init(path: String, historyRows: Int, minuteRows: Int, inbox: Inbox) {
        var status = StoreStatus(path: path)
        (status.historyRows, status.minuteRows) = (historyRows, minuteRows)
        self.state = Mutex(State(status: status))
        self.inbox = inbox
    }

    var status: StoreStatus {
        var (status, since) = self.state.withLock { ($0.status, $0.failingSince) }
        if let since {
            status.failingFor = Interval(since.duration(to: .now))
        }
        status.owed = self.inbox.owed
        status.droppedEvents = self.inbox.droppedEvents
        return status
    }

    func committed(in duration: Duration) {
        self.state.withLock { state in
            state.status.commits += 1
            state.status.lastCommitDuration = Interval(duration)
            state.commits.add(state.status.lastCommitDuration)
        }
    }

    /// How long the commits since the start took.
    var commits: DurationHistogram { self.state.withLock(\.commits) }

    func wrote(events: Int) {
        guard events > 0 else { return }
        self.state.withLock { $0.status.historyWritten += UInt64(events) }
    }

    func setRows(history: Int, minutes: Int) {
        self.state.withLock { ($0.status.historyRows, $0.status.minuteRows) = (history, minutes) }
    }

    /// Whether the store began to fail or works again just now.
    func set(error: String?) -> Bool {
        self.state.withLock { state in
            let changed = (state.status.error == nil) != (error == nil)
            state.status.error = error
            if changed { state.failingSince = error == nil ? nil : .now }
            return changed
        }
    }
}

extension Interval {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = Interval(
            nanoseconds: Interval.seconds(seconds).nanoseconds.saturatingAdd(attoseconds / 1_000_000_000))
    }
}
