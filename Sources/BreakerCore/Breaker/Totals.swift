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
        case .success: self.success += 1
        case .failure: self.failure += 1
        case .timeout: self.timeout += 1
        case .ignored: self.ignored += 1
        }
    }

    mutating func count(_ batch: BatchReport) {
        self.success += UInt64(batch.success)
        self.failure += UInt64(batch.failure)
        self.timeout += UInt64(batch.timeout)
        self.ignored += UInt64(batch.ignored)
    }
}
