// Requests without a reply yet. A request that nobody waits for any more (deadline, cancellation) stays until
// its reply comes or the connection ends: its reply must be recognised, and a probe that it grants be given
// back.

import NIOCore

/// Who is told how a request ended; told once.
enum Waiter {
    case task(CheckedContinuation<Result<Reply, BreakerError>, Never>)
    /// The client itself, on the event loop.
    case client((Result<Reply, BreakerError>) -> Void)
    case nobody

    func end(_ result: Result<Reply, BreakerError>) {
        switch self {
        case .task(let continuation): continuation.resume(returning: result)
        case .client(let action): action(result)
        case .nobody: break
        }
    }
}

struct PendingRequests {
    struct Pending {
        var waiter: Waiter
        var deadline: ClientTimer?
        /// The breaker whose probe the reply may grant.
        let grants: String?
    }

    private var pending: [Int64: Pending] = [:]

    var count: Int { self.pending.count }
    var isEmpty: Bool { self.pending.isEmpty }
    /// Calls that wait for the daemon's decision.
    var asking: Int {
        self.pending.count { _, pending in
            guard pending.grants != nil, case .task = pending.waiter else { return false }
            return true
        }
    }

    mutating func insert(_ request: Request, _ waiter: Waiter, deadline: ClientTimer?) {
        self.pending[request.id] = Pending(waiter: waiter, deadline: deadline, grants: request.grants)
    }

    /// The reply has come.
    mutating func remove(_ id: Int64) -> Pending? {
        guard let pending = self.pending.removeValue(forKey: id) else { return nil }
        pending.deadline?.cancel()
        return pending
    }

    /// Nobody waits any more. Gives who did.
    mutating func abandon(_ id: Int64) -> Waiter {
        guard var pending = self.pending[id] else { return .nobody }
        let waiter = pending.waiter
        pending.deadline?.cancel()
        pending.deadline = nil
        pending.waiter = .nobody
        self.pending[id] = pending
        return waiter
    }

    func isAwaited(_ id: Int64) -> Bool {
        switch self.pending[id]?.waiter {
        case .task, .client: true
        case .nobody, nil: false
        }
    }

    /// No reply will come to any of them.
    mutating func removeAll() -> [Waiter] {
        let waiters = self.pending.values.map(\.waiter)
        for pending in self.pending.values { pending.deadline?.cancel() }
        self.pending.removeAll()
        return waiters
    }
}
