/// The daemon's answer to `acquire`.
public struct Acquisition: Hashable, Sendable {
    /// What is to become of the call.
    public enum Verdict: Hashable, Sendable {
        /// The call may be made; report it with `generation`.
        case allowed
        /// Half-open: this call decides. Report it with the permit before the lease ends, or it counts as
        /// failed.
        case probe(permit: String, lease: Duration)
        /// The call must not be made. `retryAfter` is nil where nobody knows (forced open without an end).
        case refused(RefusalReason, retryAfter: Duration?)
    }

    /// The breaker that was asked for.
    public var breaker: String
    /// What is to become of the call.
    public var verdict: Verdict
    /// The state when the answer was given.
    public var state: BreakerState
    /// Under which the answer was given; an outcome reported with another one decides nothing.
    public var generation: UInt64

    /// An answer, as the daemon would give it.
    public init(breaker: String, verdict: Verdict, state: BreakerState, generation: UInt64) {
        self.breaker = breaker
        self.verdict = verdict
        self.state = state
        self.generation = generation
    }

    /// Whether the call may be made.
    public var isAllowed: Bool {
        switch self.verdict {
        case .allowed, .probe: true
        case .refused: false
        }
    }
}
