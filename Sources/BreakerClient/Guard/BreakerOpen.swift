/// A guarded call was refused. Tells the breaker, why and when to come back, and nothing else, so that it may
/// be shown to callers.
public struct BreakerOpen: Error, Hashable, Sendable, CustomStringConvertible {
    /// The breaker that refused.
    public let breaker: String
    /// Why.
    public let reason: RefusalReason
    /// When asking again makes sense; nil where nobody knows.
    public let retryAfter: Duration?

    /// For code that stands in for a guard, such as a test of its callers.
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
    /// The breaker whose call it was.
    public let breaker: String
    /// What the call was given; above 0.
    public let timeout: Duration

    /// For code that stands in for a guard, such as a test of its callers.
    public init(breaker: String, timeout: Duration) {
        self.breaker = breaker
        self.timeout = timeout
    }

    public var description: String {
        "the call guarded by \"\(self.breaker)\" took longer than \(self.timeout)"
    }
}
