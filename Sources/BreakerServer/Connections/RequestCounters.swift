import BreakerWire
import Synchronization

/// How many requests and errors the daemon has answered, by operation and by code; for `stats`. Without the
/// hot requests, which stay with their connections: see `SharedHotCounts`.
///
/// Connections count for themselves and add their sums here once a read, so that event loops do not fight
/// over a cache line at every request.
final class RequestCounters: Sendable {
    /// What one connection counted since it last added up.
    struct Tally {
        fileprivate var requests = [Int](repeating: 0, count: Operation.allCases.count)
        fileprivate var errors: [WireErrorCode: Int] = [:]
        private(set) var requestCount = 0

        var isEmpty: Bool { self.requestCount == 0 && self.errors.isEmpty }

        mutating func count(_ operation: Operation) {
            self.requests[operation.position] += 1
            self.requestCount += 1
        }

        mutating func count(_ error: WireErrorCode) {
            self.errors[error, default: 0] += 1
        }

        /// Keeps the memory: this happens at every read.
        fileprivate mutating func removeAll() {
            for position in self.requests.indices { self.requests[position] = 0 }
            if !self.errors.isEmpty { self.errors = [:] }
            self.requestCount = 0
        }
    }

    private struct State {
        var requests = [Int](repeating: 0, count: Operation.allCases.count)
        var errors: [WireErrorCode: Int] = [:]
    }

    private let state = Mutex(State())

    /// Adds a connection's tally, and empties it.
    func add(_ tally: inout Tally) {
        self.state.withLock { state in
            for position in tally.requests.indices { state.requests[position] += tally.requests[position] }
            for (code, count) in tally.errors { state.errors[code, default: 0] += count }
        }
        tally.removeAll()
    }

    /// Operations and codes that occurred, with how often.
    ///
    /// - Parameter hot: the sum over all connections.
    func current(
        adding hot: HotCounts
    ) -> (requests: [(Operation, Int)], errors: [(WireErrorCode, Int)]) {
        self.state.withLock { state in
            (
                Operation.allCases.map { ($0, state.requests[$0.position] + hot[$0]) }.filter { $0.1 > 0 },
                WireErrorCode.allCases.compactMap { code in state.errors[code].map { (code, $0) } }
            )
        }
    }
}

extension Operation {
    /// Its place in `allCases`, for counters.
    fileprivate var position: Int {
        switch self {
        case .hello: 0
        case .ping: 1
        case .acquire: 2
        case .report: 3
        case .release: 4
        case .declare: 5
        case .watch: 6
        case .unwatch: 7
        case .get: 8
        case .list: 9
        case .history: 10
        case .minutes: 11
        case .summary: 12
        case .override: 13
        case .trip: 14
        case .reset: 15
        case .policySet: 16
        case .policyDelete: 17
        case .policyList: 18
        case .policyGet: 19
        case .sessions: 20
        case .stats: 21
        case .clockAdvance: 22
        case .backupBegin: 23
        case .backupRead: 24
        case .backupEnd: 25
        }
    }
}
