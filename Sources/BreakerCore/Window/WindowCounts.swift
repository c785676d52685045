/// What a window holds at one moment. Rates are 0 where there are no calls.
package struct WindowCounts: Hashable, Sendable {
    package var calls = 0
    /// Failures and timeouts.
    package var failures = 0
    package var slow = 0
    /// Distinct instances that reported, that reported a failure, that reported a slow call.
    package var reporters = 0
    package var failingReporters = 0
    package var slowReporters = 0

    package init() {}

    package var failureRate: Double { self.calls == 0 ? 0 : Double(self.failures) / Double(self.calls) }
    package var slowCallRate: Double { self.calls == 0 ? 0 : Double(self.slow) / Double(self.calls) }
}

/// Calls of one instance that enter a window together.
package struct WindowEntry: Hashable, Sendable {
    package var successes: UInt32
    package var failures: UInt32
    /// How many of them were slow, at most their sum.
    package var slow: UInt32
    /// How many of the failures came after the last success.
    package var trailingFailures: UInt32

    @inlinable
    package init(successes: UInt32, failures: UInt32, slow: UInt32, trailingFailures: UInt32 = 0) {
        self.successes = successes
        self.failures = failures
        self.slow = slow
        self.trailingFailures = trailingFailures
    }

    @inlinable
    package var calls: UInt32 { self.successes.saturatingAdd(self.failures) }

    /// Whether a call of them failed or was slow.
    var isInTrouble: Bool { self.failures > 0 || self.slow > 0 }
}

extension UInt32 {
    /// Counters stop at their maximum instead of wrapping or trapping.
    @inlinable
    package func saturatingAdd(_ other: UInt32) -> UInt32 {
        let (sum, overflow) = self.addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
