/// Why a breaker opened or was moved, with the figures that decided it: enough for one plain sentence at 3
/// a.m.
package enum TripReason: Hashable, Sendable {
    /// What a window's rule saw.
    package struct Evidence: Hashable, Sendable {
        /// The rate, or the failures in a row.
        package var observed: Double
        package var threshold: Double
        package var calls: Int
        /// Failures, or slow calls for the slow rule.
        package var troubled: Int
        /// "10s" or "100 calls".
        package var window: String
        package var reporters: Int
        /// Distinct instances that reported trouble of the rule's kind.
        package var troubledReporters: Int
        /// The error that most failures named lately.
        package var error: String?

        package init(
            observed: Double, threshold: Double, calls: Int, troubled: Int, window: String, reporters: Int,
            troubledReporters: Int, error: String?
        ) {
            self.observed = observed
            self.threshold = threshold
            self.calls = calls
            self.troubled = troubled
            self.window = window
            self.reporters = reporters
            self.troubledReporters = troubledReporters
            self.error = error
        }
    }

    package enum ProbeFailure: String, Hashable, Sendable {
        case failure, timeout, slow
    }

    /// An operator's command as it stands in explanations and in the history.
    package struct Command: Hashable, Sendable {
        package enum Kind: String, Hashable, Sendable {
            case trip, reset, override
        }

        package var kind: Kind
        /// `open`, `closed`, `disabled` or `auto`, for an override.
        package var mode: String?
        package var actor: String?
        package var note: String?

        package init(_ kind: Kind, mode: String? = nil, actor: String? = nil, note: String? = nil) {
            self.kind = kind
            self.mode = mode
            self.actor = actor
            self.note = note
        }
    }

    case failureRate(Evidence)
    case slowCallRate(Evidence, slowCall: Interval)
    case consecutiveFailures(Evidence)
    case probeFailed(ProbeFailure, permit: Permit, error: String?)
    case probeExpired(permit: Permit, lease: Interval)
    case retryAfter(Interval, error: String?)
    case command(Command)
}

/// When and why a breaker last opened.
package final class LastTrip: Hashable, Sendable {
    package let reason: TripReason
    package let at: Instant

    package init(reason: TripReason, at: Instant) {
        self.reason = reason
        self.at = at
    }

    package static func == (left: LastTrip, right: LastTrip) -> Bool {
        left.at == right.at && left.reason == right.reason
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.at)
    }
}
