/// What a breaker has counted since it was created; kept across restarts.
package struct Totals: Hashable, Sendable {
    package var success: UInt64 = 0
    package var failure: UInt64 = 0
    /// Outcomes reported as timeouts, and probes that nobody reported in time.
    package var timeout: UInt64 = 0
    package var ignored: UInt64 = 0
    /// Calls refused, by the daemon and by clients on its word.
    package var rejected: UInt64 = 0
    /// Outcomes of an older generation or of an ended permit: they decided nothing.
    package var late: UInt64 = 0
    /// Probes whose connection ended before they were reported.
    package var lostProbes: UInt64 = 0

    package init() {}

    mutating func count(_ outcome: Outcome) {
        switch outcome {
        case .success: self.success.grow(by: 1)
        case .failure: self.failure.grow(by: 1)
        case .timeout: self.timeout.grow(by: 1)
        case .ignored: self.ignored.grow(by: 1)
        }
    }

    mutating func count(_ batch: BatchReport) {
        self.success.grow(by: UInt64(batch.success))
        self.failure.grow(by: UInt64(batch.failure))
        self.timeout.grow(by: UInt64(batch.timeout))
        self.ignored.grow(by: UInt64(batch.ignored))
    }
}

extension UInt64 {
    /// Adds to a total, which stops at the largest integer that a database column holds: clients choose what
    /// they report, so no sum of theirs may trap.
    mutating func grow(by count: UInt64) {
        let (sum, overflow) = self.addingReportingOverflow(count)
        self = overflow ? UInt64(Int64.max) : Swift.min(sum, UInt64(Int64.max))
    }
}
