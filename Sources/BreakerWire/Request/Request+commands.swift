// What an operator orders.

package import BreakerCore

extension Request {
    /// Who ordered it and why: for the history and for explanations.
    package struct Authorship: Hashable, Sendable {
        /// At most 128 bytes, no control characters.
        package var actor: String?
        /// At most 512 bytes, no control characters.
        package var reason: String?

        package init(actor: String? = nil, reason: String? = nil) {
            self.actor = actor
            self.reason = reason
        }
    }

    package struct OverrideCommand: Hashable, Sendable {
        package var breaker: String
        /// Nil: `auto`, which clears the override in force.
        package var mode: Override.Mode?
        /// After how long it ends by itself, 1 ms…365 d; nil: when somebody clears it. Never set with `auto`.
        package var ttl: Interval?
        /// The generation the breaker must have; 0: it must not exist yet; nil: any.
        package var ifGeneration: UInt64?
        package var by: Authorship

        package init(
            breaker: String, mode: Override.Mode?, ttl: Interval? = nil, ifGeneration: UInt64? = nil,
            by: Authorship = Authorship()
        ) {
            self.breaker = breaker
            self.mode = mode
            self.ttl = ttl
            self.ifGeneration = ifGeneration
            self.by = by
        }
    }

    package struct TripCommand: Hashable, Sendable {
        package var breaker: String
        /// How long it is open, 1 ms…1 d; nil: as the policy has it.
        package var length: Interval?
        /// The generation the breaker must have; 0: it must not exist yet; nil: any.
        package var ifGeneration: UInt64?
        package var by: Authorship

        package init(
            breaker: String, length: Interval? = nil, ifGeneration: UInt64? = nil,
            by: Authorship = Authorship()
        ) {
            self.breaker = breaker
            self.length = length
            self.ifGeneration = ifGeneration
            self.by = by
        }
    }

    package struct ResetCommand: Hashable, Sendable {
        package var breaker: String
        /// The generation the breaker must have; 0: it must not exist yet; nil: any.
        package var ifGeneration: UInt64?
        package var by: Authorship

        package init(breaker: String, ifGeneration: UInt64? = nil, by: Authorship = Authorship()) {
            self.breaker = breaker
            self.ifGeneration = ifGeneration
            self.by = by
        }
    }

    package struct PolicySet: Hashable, Sendable {
        package var match: Glob
        /// The whole of the new rule; the former one of the same `match` goes.
        package var policy: PolicyPatch
        /// The revision that the policies must have; nil: any.
        package var ifRevision: UInt64?
        /// Only say what would happen.
        package var dryRun: Bool
        package var by: Authorship

        package init(
            match: Glob, policy: PolicyPatch, ifRevision: UInt64? = nil, dryRun: Bool = false,
            by: Authorship = Authorship()
        ) {
            self.match = match
            self.policy = policy
            self.ifRevision = ifRevision
            self.dryRun = dryRun
            self.by = by
        }
    }

    package struct PolicyDelete: Hashable, Sendable {
        package var match: Glob
        /// The revision that the policies must have; nil: any.
        package var ifRevision: UInt64?
        /// Only say what would happen.
        package var dryRun: Bool
        package var by: Authorship

        package init(
            match: Glob, ifRevision: UInt64? = nil, dryRun: Bool = false, by: Authorship = Authorship()
        ) {
            self.match = match
            self.ifRevision = ifRevision
            self.dryRun = dryRun
            self.by = by
        }
    }
}
