package import BreakerCore

/// What the engine refuses. The wire's codes are given where replies are written.
package enum EngineError: Error, Sendable {
    /// No breaker of that name; reading never creates one.
    case unknownBreaker(String)
    /// `limits.breakers` are there already.
    case tooManyBreakers(limit: Int)
    /// `if_generation` named another generation.
    case generationConflict(expected: UInt64, actual: UInt64)
    /// `trip` or `reset` under an override.
    case overridden(Override)
    /// `if_revision` named another revision of the policies.
    case policyRevisionConflict(expected: UInt64, actual: UInt64)
    case tooManyPolicies(limit: Int)
    case unknownPolicy(match: String)
    /// The command could not be made durable; nothing of it is in force.
    case storageUnavailable(String)
}
