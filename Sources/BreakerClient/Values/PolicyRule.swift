/// Where a policy's field or a rule comes from, strongest first. Open for further sources.
public struct PolicySource: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public var description: String { self.rawValue }

    /// Set over the wire, kept in the database.
    public static let `operator` = PolicySource(rawValue: "operator")
    /// The daemon's configuration file.
    public static let file = PolicySource(rawValue: "file")
    /// Wished for by a client.
    public static let declared = PolicySource(rawValue: "declared")
    /// Nobody said anything.
    public static let `default` = PolicySource(rawValue: "default")
}

/// One rule over the names that a pattern matches.
public struct PolicyRule: Hashable, Sendable {
    /// A pattern over names with `*` and `?`.
    public var match: String
    /// `operator` or `file`.
    public var source: PolicySource
    /// The fields that the rule sets.
    public var policy: BreakerPolicy
    /// Who set it, where an operator said so.
    public var actor: String?
    /// Why, where an operator said so.
    public var reason: String?
    /// When an operator set it.
    public var at: WallTime?
}

/// Every rule that the daemon holds.
public struct PolicyRules: Hashable, Sendable {
    /// Changes with every `policySet` and `policyDelete`; compare for equality only.
    public var revision: UInt64
    /// In the order of their sources, the operator's first.
    public var rules: [PolicyRule]
}

/// The answer to a change of the operator's rules.
public struct PolicyChange: Hashable, Sendable {
    /// Afterwards.
    public var revision: UInt64
    /// How many existing breakers the pattern fits.
    public var matched: Int
    /// Nothing was changed.
    public var isDryRun: Bool
}

/// The policy in effect for one name.
public struct EffectivePolicy: Hashable, Sendable {
    /// Where one field comes from.
    public struct Origin: Hashable, Sendable {
        /// Who set the field.
        public var source: PolicySource
        /// The rule's pattern, where the source has patterns.
        public var match: String?
    }

    /// The name that was asked for.
    public var breaker: String
    /// Every field is set.
    public var policy: BreakerPolicy
    /// By the field's name on the wire: `failure_rate`.
    public var sources: [String: Origin]
}
