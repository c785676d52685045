/// How a guarded call ended.
package enum Outcome: String, CaseIterable, Hashable, Sendable {
    case success
    case failure
    /// A failure that was given up on: enters the window as one, counted on its own in the totals.
    case timeout
    /// Says nothing of the dependency (cancelled, the caller's own error): enters nothing.
    case ignored

    /// Whether it counts against the dependency.
    package var isFailure: Bool { self == .failure || self == .timeout }
}

/// The proof that a probe was admitted: the generation it belongs to and its number within it.
/// Spelled `42.1` on the wire.
package struct Permit: Hashable, Sendable {
    package let generation: UInt64
    package let number: UInt64

    package init(generation: UInt64, number: UInt64) {
        self.generation = generation
        self.number = number
    }
}

/// One connection's identity within a run of the daemon. Only the holder of a permit can end it.
package struct SessionID: Hashable, Sendable {
    package let rawValue: UInt64

    @inlinable
    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

/// Who reports: the connection, which holds permits, and the instance, which windows count.
package struct Reporter: Hashable, Sendable {
    package var session: SessionID
    package var instance: ReporterID

    @inlinable
    package init(session: SessionID, instance: ReporterID) {
        self.session = session
        self.instance = instance
    }
}

/// One call's end, as it is told.
package struct Report: Hashable, Sendable {
    package var outcome: Outcome
    /// The generation that admitted the call; nil: the present one is meant.
    package var generation: UInt64?
    /// Set for a probe.
    package var permit: Permit?
    package var duration: Interval?
    /// What went wrong, as a short name: "ConnectTimeout".
    package var error: String?
    /// When the dependency itself asks to be called again.
    package var retryAfter: Interval?

    @inlinable
    package init(
        _ outcome: Outcome, generation: UInt64? = nil, permit: Permit? = nil, duration: Interval? = nil,
        error: String? = nil, retryAfter: Interval? = nil
    ) {
        self.outcome = outcome
        self.generation = generation
        self.permit = permit
        self.duration = duration
        self.error = error
        self.retryAfter = retryAfter
    }
}

/// Many calls' ends of one breaker, as one instance counted them.
package struct BatchReport: Hashable, Sendable {
    package var generation: UInt64?
    package var success: UInt32 = 0
    package var failure: UInt32 = 0
    package var timeout: UInt32 = 0
    package var ignored: UInt32 = 0
    /// Calls that the client refused by itself.
    package var rejected: UInt32 = 0
    /// How many of the successes, failures and timeouts were slow.
    package var slow: UInt32 = 0
    /// Failures and timeouts after the last success.
    package var trailingFailures: UInt32 = 0
    /// The failures' most frequent error.
    package var error: String?

    package init() {}
}
