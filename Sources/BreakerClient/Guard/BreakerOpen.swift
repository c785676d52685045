/// A guarded call was refused. Tells the breaker, why and when to come back, and nothing else, so that it may
/// be shown to callers.
public struct BreakerOpen: Error, Hashable, Sendable, CustomStringConvertible {
    public let breaker: String
    public let reason: RefusalReason
    /// When asking again makes sense; nil where nobody knows.
    public let retryAfter: Duration?

    public init(breaker: String, reason: RefusalReason, retryAfter: Duration?) {
        self.breaker = breaker
        self.reason = reason
        self.retryAfter = retryAfter
    }

    public var description: String {
        let wait = self.retryAfter.map { ", retry after \($0)" } ?? ""
        return "breaker \"\(self.breaker)\" refuses calls: \(self.reason)\(wait)"
    }
}

/// A guarded call took longer than its `timeout` and was cancelled.
public struct BreakerTimeout: Error, Hashable, Sendable, CustomStringConvertible {
    public let breaker: String
    public let timeout: Duration

    public init(breaker: String, timeout: Duration) {
        self.breaker = breaker
        self.timeout = timeout
    }

    public var description: String {
        "the call guarded by \"\(self.breaker)\" took longer than \(self.timeout)"
    }
}
