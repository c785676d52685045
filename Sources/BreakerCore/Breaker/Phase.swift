/// The three states that everyone sees.
package enum BreakerState: String, CaseIterable, Hashable, Sendable {
    case closed, open
    case halfOpen = "half_open"
}

/// What a breaker is doing, with what only that phase needs.
package enum Phase: Hashable, Sendable {
    /// Calls pass and the window fills.
    case closed
    case open(Opening)
    case halfOpen(Probation)
    /// An operator's will is above the rules. Boxed: rare, and it would make every breaker larger.
    indirect case forced(Override)

    @inlinable
    package var state: BreakerState {
        switch self {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        case .forced(let override): override.mode == .open ? .open : .closed
        }
    }

    /// Whether calls are refused: some or all.
    var refuses: Bool {
        switch self {
        case .closed: false
        case .open, .halfOpen: true
        case .forced(let override): override.mode == .open
        }
    }

    /// When it ends or changes by time alone; nil: never.
    @inlinable
    package var nextDeadline: Instant? {
        switch self {
        case .closed: nil
        case .open(let opening): opening.until
        case .halfOpen(let probation): probation.nextExpiry
        case .forced(let override): override.until
        }
    }
}

/// Calls are refused until a deadline.
package struct Opening: Hashable, Sendable {
    package var until: Instant
    /// From the trip to the deadline; the refused are spread over a tenth of it.
    package var length: Interval
    /// How many calls were refused since.
    package var refused: UInt32 = 0

    package init(until: Instant, length: Interval) {
        self.until = until
        self.length = length
    }
}

/// An operator's override.
package struct Override: Hashable, Sendable {
    package enum Mode: String, CaseIterable, Hashable, Sendable {
        /// Refuses every call.
        case open
        /// Allows every call, counts, never trips.
        case closed
        /// Allows every call, counts totals only.
        case disabled
    }

    package var mode: Mode
    /// When it ends by itself; nil: when somebody clears it.
    package var until: Instant?
    package var actor: String?
    package var note: String?

    package init(_ mode: Mode, until: Instant? = nil, actor: String? = nil, note: String? = nil) {
        self.mode = mode
        self.until = until
        self.actor = actor
        self.note = note
    }
}

/// Half-open: a few probes decide.
package struct Probation: Hashable, Sendable {
    package struct Probe: Hashable, Sendable {
        package let number: UInt64
        package let session: SessionID
        package let lease: Interval
        package let expires: Instant
    }

    package private(set) var outstanding: [Probe] = []
    package private(set) var successes = 0
    /// The number of the last probe admitted. Saved with the phase: a restart that keeps the generation must
    /// not hand a number out twice, or a report from before it would end another call's probe.
    package private(set) var lastNumber: UInt64 = 0

    package init(successes: Int = 0, lastNumber: UInt64 = 0) {
        self.successes = successes
        self.lastNumber = lastNumber
    }

    /// Successes still missing for the verdict, at least one.
    package func needed(_ policy: Policy) -> Int { max(1, policy.probeSuccesses - self.successes) }

    /// Whether a further probe helps: never more are out than the verdict still needs.
    package func hasRoom(_ policy: Policy) -> Bool {
        self.outstanding.count < min(policy.probes, self.needed(policy))
    }

    /// When the first outstanding lease ends.
    package var nextExpiry: Instant? { self.outstanding.lazy.map(\.expires).min() }

    mutating func admit(session: SessionID, lease: Interval, at now: Instant) -> UInt64 {
        self.lastNumber += 1
        self.outstanding.append(
            Probe(number: self.lastNumber, session: session, lease: lease, expires: now + lease))
        return self.lastNumber
    }

    /// Ends a probe; nil if `session` does not hold it.
    mutating func end(_ number: UInt64, session: SessionID) -> Probe? {
        guard
            let index = self.outstanding.firstIndex(where: { $0.number == number && $0.session == session })
        else { return nil }
        return self.outstanding.remove(at: index)
    }

    mutating func succeeded() {
        self.successes += 1
    }

    /// The probe whose lease ended first, if one has by `now`.
    func expired(at now: Instant) -> Probe? {
        self.outstanding.lazy.filter { $0.expires <= now }.min { $0.expires < $1.expires }
    }
}
