/// The daemon's answer to `acquire`.
public struct Acquisition: Hashable, Sendable {
    public enum Verdict: Hashable, Sendable {
        /// The call may be made; report it with `generation`.
        case allowed
        /// Half-open: this call decides. Report it with the permit before the lease ends, or it counts as
        /// failed.
        case probe(permit: String, lease: Duration)
        /// The call must not be made. `retryAfter` is nil where nobody knows (forced open without an end).
        case refused(RefusalReason, retryAfter: Duration?)
    }

    public var breaker: String
    public var verdict: Verdict
    public var state: BreakerState
    /// Under which the answer was given; an outcome reported with another one decides nothing.
    public var generation: UInt64

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
