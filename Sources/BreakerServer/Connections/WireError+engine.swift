import BreakerCore
import BreakerWire

extension WireError {
    /// What the engine refuses, in the wire's words.
    init(_ error: EngineError) {
        switch error {
        case .unknownBreaker(let name):
            self.init(.notFound, "there is no breaker \"\(name)\"", field: "breaker")
        case .tooManyBreakers(let limit):
            self.init(.limit, "there are \(limit) breakers already, the most that limits.breakers allows")
        case .generationConflict(let expected, let actual):
            let state = actual == 0 ? "there is no such breaker" : "the breaker is at generation \(actual)"
            self.init(.conflict, "\(state), not at \(expected)", field: "if_generation")
        case .overridden(let override):
            let by = override.actor.map { " by \($0)" } ?? ""
            self.init(
                .conflict,
                "an override is in force (\(override.mode.rawValue)\(by)); clear it with mode auto first")
        case .policyRevisionConflict(let expected, let actual):
            self.init(
                .conflict, "the policies are at revision \(actual), not at \(expected)", field: "if_revision")
        case .tooManyPolicies(let limit):
            self.init(.limit, "there are \(limit) policies already, the most that limits.policies allows")
        case .unknownPolicy(let match):
            self.init(.notFound, "no operator has set a policy for \"\(match)\"", field: "match")
        case .storageUnavailable(let cause):
            self.init(.storageUnavailable, "the command could not be saved and is not in force: \(cause)")
        }
    }
}
