package import BreakerCore

/// What an operator can do to one breaker, and who does it.
package struct OperatorCommand: Sendable {
    package enum Action: Sendable {
        /// Nil mode: clear the override.
        case override(Override.Mode?, ttl: Interval?)
        /// Nil: for as long as the policy says.
        case trip(for: Interval?)
        case reset
    }

    package var breaker: String
    package var action: Action
    package var actor: String?
    package var note: String?
    /// Only if the breaker is still at this generation; 0: only if it does not exist.
    package var expectedGeneration: UInt64?

    /// Whether it asks for no more than that no override be in force.
    var clearsOverride: Bool {
        if case .override(nil, _) = self.action { true } else { false }
    }

    package init(
        breaker: String, action: Action, actor: String?, note: String?, expectedGeneration: UInt64?
    ) {
        self.breaker = breaker
        self.action = action
        self.actor = actor
        self.note = note
        self.expectedGeneration = expectedGeneration
    }
}
