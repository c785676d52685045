import BreakerCore

/// What moved a breaker, in a word. Where the wire tells a `rule`, it is that one; of an operator's commands
/// it is the command.
enum TransitionRule: String, CaseIterable, Sendable {
    case failureRate = "failure_rate"
    case slowCallRate = "slow_call_rate"
    case consecutiveFailures = "consecutive_failures"
    case retryAfter = "retry_after"
    case probeFailed = "probe_failed"
    case probeExpired = "probe_expired"
    case probesSucceeded = "probes_succeeded"
    /// The open time or an override ended.
    case elapsed
    case trip, reset, override
    /// A command that could not be made durable was taken back.
    case undone

    init(_ transition: Breaker.Transition) {
        guard let reason = transition.reason else {
            // Time moves no breaker out of half-open: its probes' leases are a reason.
            self = transition.from == .halfOpen ? .probesSucceeded : .elapsed
            return
        }
        switch reason {
        case .failureRate: self = .failureRate
        case .slowCallRate: self = .slowCallRate
        case .consecutiveFailures: self = .consecutiveFailures
        case .retryAfter: self = .retryAfter
        case .probeFailed: self = .probeFailed
        case .probeExpired: self = .probeExpired
        case .command(let command): self = TransitionRule(command.kind)
        }
    }

    private init(_ command: TripReason.Command.Kind) {
        switch command {
        case .trip: self = .trip
        case .reset: self = .reset
        case .override: self = .override
        }
    }
}

/// How a transition is counted over all breakers: at most 36 kinds.
struct RuledTransition: Hashable, Sendable {
    let to: BreakerState
    let rule: TransitionRule
}
