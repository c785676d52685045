package import BreakerCore

/// One request, checked: whatever is in here is within the bounds of the protocol.
package enum Request: Hashable, Sendable {
    case hello(Hello)
    case ping
    case acquire(Acquire)
    /// The end of one call.
    case report(SingleReport)
    /// The ends of many calls, counted by the client.
    case reportBatch(ReportBatch)
    case release(Release)
    case declare(Declare)
    case watch(Watch)
    case unwatch(Unwatch)
    case get(breaker: String)
    case list(List)
    case history(History)
    case minutes(Minutes)
    case summary(Summary)
    case override(OverrideCommand)
    case trip(TripCommand)
    case reset(ResetCommand)
    case policySet(PolicySet)
    case policyDelete(PolicyDelete)
    case policyList
    case policyGet(breaker: String)
    case sessions
    case stats
    case clockAdvance(by: Interval)
    case backupBegin
    case backupRead(BackupRead)
    case backupEnd(backup: String)
}

/// The names of the operations.
package enum Operation: String, CaseIterable, Hashable, Sendable {
    case hello, ping, acquire, report, release, declare, watch, unwatch, get, list, history, minutes, summary
    case override, trip, reset
    case policySet = "policy.set"
    case policyDelete = "policy.delete"
    case policyList = "policy.list"
    case policyGet = "policy.get"
    case sessions, stats
    case clockAdvance = "clock.advance"
    case backupBegin = "backup.begin"
    case backupRead = "backup.read"
    case backupEnd = "backup.end"
}

extension Request {
    /// Whether it only looks: its reply is all there is to it, so it is answered without an `id` too.
    package var isQuery: Bool {
        switch self {
        case .get, .list, .history, .minutes, .summary, .policyList, .policyGet, .sessions, .stats: true
        case .hello, .ping, .acquire, .report, .reportBatch, .release, .declare, .watch, .unwatch, .override,
            .trip, .reset, .policySet, .policyDelete, .clockAdvance, .backupBegin, .backupRead, .backupEnd:
            false
        }
    }

    /// The `op` this came as.
    package var operation: Operation {
        switch self {
        case .hello: .hello
        case .ping: .ping
        case .acquire: .acquire
        case .report, .reportBatch: .report
        case .release: .release
        case .declare: .declare
        case .watch: .watch
        case .unwatch: .unwatch
        case .get: .get
        case .list: .list
        case .history: .history
        case .minutes: .minutes
        case .summary: .summary
        case .override: .override
        case .trip: .trip
        case .reset: .reset
        case .policySet: .policySet
        case .policyDelete: .policyDelete
        case .policyList: .policyList
        case .policyGet: .policyGet
        case .sessions: .sessions
        case .stats: .stats
        case .clockAdvance: .clockAdvance
        case .backupBegin: .backupBegin
        case .backupRead: .backupRead
        case .backupEnd: .backupEnd
        }
    }
}
