import BreakerCore

/// What is to be told of one breaker's calls under one generation.
struct ReportElement: Sendable {
    /// 0: nothing was known of the breaker when the calls were admitted.
    let generation: UInt64
    /// When the first of the calls ended.
    let began: Instant
    private(set) var last: Instant
    /// What was counted before must not be counted together with it.
    let isApart: Bool
    /// Nothing more is counted in it.
    var isSealed = false
    private(set) var success = 0
    private(set) var failure = 0
    private(set) var timeout = 0
    private(set) var ignored = 0
    private(set) var rejected = 0
    private(set) var slow = 0
    private(set) var duration = Interval.zero
    private(set) var durations = DurationCounts()
    private var lastSuccess: Instant?
    private var lastFailure: Instant?
    private var trailing = 0
    private var errors = ErrorTally()
    /// Traceparents of calls that failed or were slow, the latest last.
    private(set) var traces: [String] = []

    init(generation: UInt64, began: Instant, isApart: Bool = false) {
        (self.generation, self.began, self.last) = (generation, began, began)
        self.isApart = isApart
    }

    /// Whether it would make the daemon judge.
    var isTrouble: Bool { self.failure + self.timeout + self.slow > 0 }

    /// How many outcomes it stands for.
    var outcomes: Int { self.success + self.failure + self.timeout + self.ignored + self.rejected }

    /// Failures and timeouts that ended after the last success.
    var trailingFailures: Int {
        guard let lastSuccess, let lastFailure, lastSuccess > lastFailure else { return self.trailing }
        return 0
    }

    /// The most frequent error.
    var error: String? { self.errors.leading }

    mutating func add(_ successes: Successes) {
        self.success += Int(successes.calls)
        self.add(successes.duration)
        self.durations.add(successes.durations)
        self.succeeded(at: successes.last)
        self.touch(successes.last)
    }

    /// - Parameters:
    ///   - trace: its traceparent, if it failed or was slow.
    ///   - lastSuccess: when the last success ended that is counted elsewhere.
    mutating func count(
        _ outcome: Outcome, slow: Bool, error: String?, trace: String?, _ call: CallLedger.Call,
        lastSuccess: Instant?
    ) {
        self.touch(call.end)
        if let trace { self.note([trace]) }
        if let lastSuccess { self.succeeded(at: lastSuccess) }
        switch outcome {
        case .ignored:
            self.ignored += 1
            return
        case .success:
            self.success += 1
            self.succeeded(at: call.end)
        case .failure:
            self.failure += 1
            self.failed(error, at: call.end)
        case .timeout:
            self.timeout += 1
            self.failed(error, at: call.end)
        }
        self.add(call.duration)
        self.durations.add(call.duration)
        if slow { self.slow += 1 }
    }

    mutating func add(_ refusals: Refusals.Counts) {
        self.rejected += refusals.calls
        self.touch(refusals.last)
    }

    /// Takes in what was counted after it.
    mutating func merge(_ later: ReportElement) {
        let hasSuccess = later.success > 0
        self.trailing = hasSuccess ? later.trailingFailures : self.trailingFailures + later.trailingFailures
        self.lastSuccess = max(self.lastSuccess, later.lastSuccess)
        self.lastFailure = max(self.lastFailure, later.lastFailure)
        self.success += later.success
        self.failure += later.failure
        self.timeout += later.timeout
        self.ignored += later.ignored
        self.rejected += later.rejected
        self.slow += later.slow
        self.add(later.duration)
        self.durations.add(later.durations)
        self.errors.count(later.error, times: UInt32(clamping: later.failure + later.timeout))
        self.note(later.traces)
        self.touch(later.last)
        self.isSealed = later.isSealed
    }

    private mutating func note(_ traces: [String]) {
        if !traces.isEmpty { self.traces = (self.traces + traces).suffix(TraceID.mostOfTrip) }
    }

    private mutating func failed(_ error: String?, at end: Instant) {
        if let lastSuccess, let lastFailure, lastSuccess > lastFailure { self.trailing = 0 }
        self.trailing += 1
        self.lastFailure = max(self.lastFailure, end)
        self.errors.count(error)
    }

    private mutating func succeeded(at end: Instant) { self.lastSuccess = max(self.lastSuccess, end) }

    private mutating func touch(_ instant: Instant) { self.last = max(self.last, instant) }

    private mutating func add(_ duration: Interval) {
        self.duration.nanoseconds = self.duration.nanoseconds.saturatingAdd(duration.nanoseconds)
    }
}

private func max(_ left: Instant?, _ right: Instant?) -> Instant? {
    guard let left, let right else { return left ?? right }
    return left > right ? left : right
}

extension Int64 {
    fileprivate func saturatingAdd(_ other: Int64) -> Int64 {
        let (sum, overflow) = self.addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
