import BreakerClient
import NIOCore

/// What one thread measured.
struct LoadShare: Sendable {
    enum End: Hashable, Sendable {
        case done
        /// Somebody interrupted it.
        case stopped
        case failed(LoadFailure)
    }

    var end: End
    var tally: LoadTally
    /// When it had its last reply, or was ended.
    var ended: NIODeadline
    /// Requests that were sent and not answered.
    var unanswered: Int
    /// How long the oldest of them has waited.
    var longestUnanswered: TimeAmount
    /// Requests that were due and not yet sent when the time was up; those never sent.
    var behind: Int
    var unsent: Int
    /// How long after it was due a request was sent, at most.
    var latestSend: TimeAmount
    /// The part of their time in which the load's threads were at work, 0…1.
    var busy: Double
}

/// What a load measured, of all threads.
struct LoadResult: Sendable {
    let plan: LoadPlan
    let endpoint: Endpoint
    let end: LoadShare.End
    let tally: LoadTally
    /// From the end of the warm-up to the last reply.
    let measured: Duration
    let unanswered: Int
    let longestUnanswered: Duration
    let behind: Int
    let unsent: Int
    let latestSend: Duration
    /// The part of their time in which the threads were at work, 0…1.
    let busy: Double

    /// - Parameter shares: one of each thread; at least one.
    init(_ shares: [LoadShare], plan: LoadPlan, endpoint: Endpoint, window: LoadWindow) {
        self.plan = plan
        self.endpoint = endpoint
        // A failure is told rather than that the others were stopped because of it.
        let ends = shares.map(\.end)
        self.end =
            ends.first { if case .failed = $0 { true } else { false } }
            ?? (ends.contains(.stopped) ? .stopped : .done)
        self.tally = shares.reduce(into: LoadTally()) { $0.add($1.tally) }
        let ended = shares.map(\.ended).max() ?? window.from
        self.measured = .nanoseconds(max(0, (ended - window.from).nanoseconds))
        self.unanswered = shares.reduce(0) { $0 + $1.unanswered }
        self.behind = shares.reduce(0) { $0 + $1.behind }
        self.unsent = shares.reduce(0) { $0 + $1.unsent }
        self.longestUnanswered = .nanoseconds(shares.map(\.longestUnanswered.nanoseconds).max() ?? 0)
        self.latestSend = .nanoseconds(shares.map(\.latestSend.nanoseconds).max() ?? 0)
        self.busy = shares.map(\.busy).max() ?? 0
    }

    /// Replies a second of the time measured.
    func perSecond(_ replies: UInt64) -> Double {
        self.measured > .zero ? Double(replies) / (self.measured / .seconds(1)) : 0
    }

    /// How the command ends.
    var status: ProcessStatus {
        switch self.end {
        case .failed(let failure): failure.status
        case .done, .stopped: self.tally.errorCodes.isEmpty ? .done : .refused
        }
    }
}
