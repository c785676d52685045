/// A guarded call was refused. Tells the breaker, why and when to come back, and nothing else, so that it may
/// be shown to callers.
public struct BreakerOpen: Error, Hashable, Sendable, CustomStringConvertible {
    /// The breaker that refused.
    public let breaker: String
    /// Why.
    public let reason: RefusalReason
    private let wait: Wait

    /// For code that stands in for a guard, such as a test of its callers.
    public init(breaker: String, reason: RefusalReason, retryAfter: Duration?) {
        self.init(breaker: breaker, reason: reason, wait: retryAfter.map { .fixed($0) } ?? .unknown)
    }

    init(breaker: String, reason: RefusalReason, wait: Wait) {
        self.breaker = breaker
        self.reason = reason
        self.wait = wait
    }

    /// In how long asking again makes sense; nil where nobody knows. Where this process knows the deadline
    /// the value counts down to zero as time passes.
    public var retryAfter: Duration? { self.wait.duration }

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
