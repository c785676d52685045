/// How one call ended.
public struct CallReport: Hashable, Sendable {
    /// 1…128 bytes of `A-Z a-z 0-9 . _ : / @ -`.
    public var breaker: String
    /// As what the call counts.
    public var outcome: CallOutcome
    /// The one that `acquire` told; nil: the present one.
    public var generation: UInt64?
    /// Required for a probe; decides over `generation`.
    public var permit: String?
    /// How long the call took, at most a day.
    public var duration: Duration?
    /// What went wrong, short: an error's type. 1…64 bytes without control characters.
    public var error: String?
    /// When the dependency itself wants to be called again, at most a day.
    public var retryAfter: Duration?
    /// The call's trace as W3C Trace Context writes it; a trip names it if the call failed or was slow.
    public var traceparent: String?

    /// A report; what is nil is not sent.
    public init(
        breaker: String, outcome: CallOutcome, generation: UInt64? = nil, permit: String? = nil,
        duration: Duration? = nil, error: String? = nil, retryAfter: Duration? = nil,
        traceparent: String? = nil
    ) {
        self.breaker = breaker
        self.outcome = outcome
        self.generation = generation
        self.permit = permit
        self.duration = duration
        self.error = error
        self.retryAfter = retryAfter
        self.traceparent = traceparent
    }
}

/// How many calls of one breaker ended how, as one instance counted them. Counts are 0…1,000,000,000.
public struct CallCounts: Hashable, Sendable {
    /// 1…128 bytes of `A-Z a-z 0-9 . _ : / @ -`.
    public var breaker: String
    /// The one under which the calls were made; nil: the present one.
    public var generation: UInt64?
    /// Calls that succeeded.
    public var success = 0
    /// Calls that failed.
    public var failure = 0
    /// Calls that were given up on.
    public var timeout = 0
    /// Calls that said nothing of the dependency.
    public var ignored = 0
    /// Calls that the client refused by itself.
    public var rejected = 0
    /// How many of the successes, failures and timeouts were slow.
    public var slow = 0
    /// Failures and timeouts after the last success.
    public var trailingFailures = 0
    /// All durations together.
    public var durationSum = Duration.zero
    /// How long successes, failures and timeouts took: at most 240, their calls together no more than those.
    public var durations: [CallDuration] = []
    /// The failures' most frequent error, 1…64 bytes without control characters.
    public var error: String?
    /// Of calls that failed or were slow, as W3C Trace Context writes them: at most 5, the latest last.
    public var traceparents: [String] = []

    /// Counts of nothing yet.
    public init(breaker: String, generation: UInt64? = nil) {
        self.breaker = breaker
        self.generation = generation
    }
}

/// Calls that took about the same time. The daemon shows durations to within 2 %.
public struct CallDuration: Hashable, Sendable {
    /// At most a day.
    public var duration: Duration
    /// 0…1,000,000,000.
    public var calls: Int

    /// So many calls of that duration.
    public init(_ duration: Duration, calls: Int) {
        self.duration = duration
        self.calls = calls
    }
}

/// The answer to a batch of reports.
public struct BatchReceipt: Hashable, Sendable {
    /// As sent.
    public var sequence: UInt64?
    /// The daemon had taken the batch before; nothing was counted again.
    public var isDuplicate: Bool
    /// One for each element, in order.
    public var results: [BreakerStanding]
}
