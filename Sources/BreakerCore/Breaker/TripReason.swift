/// Why a breaker opened or was moved, with the figures that decided it: enough for one plain sentence at 3
/// a.m.
package indirect enum TripReason: Hashable, Sendable {
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
        /// Those with the most of the trouble, the most first, at most 5.
        package var instances: [InstanceShare] = []
        /// Of calls that were in trouble, the latest first, at most 5.
        package var traces: [TraceID] = []

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
    case probeFailed(ProbeFailure, permit: Permit, error: String?, traces: [TraceID] = [])
    case probeExpired(permit: Permit, lease: Interval, traces: [TraceID] = [])
    case retryAfter(Interval, error: String?, traces: [TraceID] = [])
    case command(Command)

    /// Of the calls behind it, as far as they were traced; none for a command.
    package var traces: [TraceID] {
        switch self {
        case .failureRate, .slowCallRate, .consecutiveFailures: self.evidence?.traces ?? []
        case .probeFailed(_, _, _, let traces), .probeExpired(_, _, let traces),
            .retryAfter(_, _, let traces):
            traces
        case .command: []
        }
    }

    /// The same with other traces; a command is nobody's but the operator's.
    package func naming(_ traces: [TraceID]) -> TripReason {
        switch self {
        case .failureRate, .slowCallRate, .consecutiveFailures:
            self.changingEvidence { $0.traces = traces }
        case .probeFailed(let failure, let permit, let error, _):
            .probeFailed(failure, permit: permit, error: error, traces: traces)
        case .probeExpired(let permit, let lease, _):
            .probeExpired(permit: permit, lease: lease, traces: traces)
        case .retryAfter(let length, let error, _): .retryAfter(length, error: error, traces: traces)
        case .command: self
        }
    }

    /// Whose calls brought it about, those with the most of it first; none but of a window's rule.
    package var instances: [InstanceShare] { self.evidence?.instances ?? [] }

    /// The same with other instances, or other names for them.
    package func naming(_ instances: [InstanceShare]) -> TripReason {
        self.changingEvidence { $0.instances = instances }
    }

    /// What a window's rule saw; nil for other reasons.
    private var evidence: Evidence? {
        switch self {
        case .failureRate(let evidence), .slowCallRate(let evidence, _), .consecutiveFailures(let evidence):
            evidence
        case .probeFailed, .probeExpired, .retryAfter, .command: nil
        }
    }

    private func changingEvidence(_ change: (inout Evidence) -> Void) -> TripReason {
        guard var evidence = self.evidence else { return self }
        change(&evidence)
        return switch self {
        case .failureRate: .failureRate(evidence)
        case .slowCallRate(_, let slowCall): .slowCallRate(evidence, slowCall: slowCall)
        case .consecutiveFailures: .consecutiveFailures(evidence)
        case .probeFailed, .probeExpired, .retryAfter, .command: self
        }
    }
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
