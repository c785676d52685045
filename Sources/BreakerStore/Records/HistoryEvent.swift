package import BreakerCore

/// One line of the history: what happened to a breaker or to the operator's policies, when, by whom and why.
package struct HistoryEvent: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        case transition, override, trip, reset
        case policySet = "policy.set"
        case policyDelete = "policy.delete"
        case forgotten
    }

    /// What the event is about.
    package enum Subject: Hashable, Sendable {
        case breaker(String)
        /// The pattern of an operator's policy.
        case match(String)
    }

    /// Given by the store when the event is committed, ascending, never used twice; 0 until then.
    package var eventID: Int64 = 0
    /// Wall time, milliseconds since 1970.
    package var atMilliseconds: Int64
    package var subject: Subject
    package var kind: Kind
    package var from: BreakerState?
    package var to: BreakerState?
    package var generation: UInt64?
    package var actor: String?
    /// The operator's own words.
    package var note: String?
    /// `open`, `closed`, `disabled` or `auto`, for an override.
    package var mode: String?
    package var reason: TripReason?
    /// The rule that was set, for `policySet`.
    package var policy: PolicyPatch?

    package init(_ kind: Kind, of subject: Subject, atMilliseconds: Int64) {
        self.kind = kind
        self.subject = subject
        self.atMilliseconds = atMilliseconds
    }
}

/// Which events to read, newest first.
package struct HistoryQuery: Hashable, Sendable {
    /// The longest page.
    package static let maximumLimit = 1_000

    /// Only this breaker's; nil: all.
    package var breaker: String?
    /// Only events with a smaller id: the page after the one that ended with it.
    package var before: Int64?
    /// How many at most, 1…1000.
    package var limit: Int

    package init(breaker: String? = nil, before: Int64? = nil, limit: Int = 50) {
        self.breaker = breaker
        self.before = before
        self.limit = limit
    }
}
