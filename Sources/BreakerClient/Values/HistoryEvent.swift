/// One entry of the history.
public struct HistoryEvent: Hashable, Sendable {
    /// Open: a newer daemon may have further kinds.
    public struct Kind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        public var description: String { self.rawValue }

        /// By rules, timers and probes; also an override that ended.
        public static let transition = Kind(rawValue: "transition")
        /// An operator set or cleared an override.
        public static let override = Kind(rawValue: "override")
        /// An operator opened it.
        public static let trip = Kind(rawValue: "trip")
        /// An operator closed it.
        public static let reset = Kind(rawValue: "reset")
        /// An operator's rule was set.
        public static let policySet = Kind(rawValue: "policy.set")
        /// An operator's rule was deleted.
        public static let policyDelete = Kind(rawValue: "policy.delete")
        /// It was idle for long enough.
        public static let forgotten = Kind(rawValue: "forgotten")
    }

    /// Grows with every event.
    public var id: UInt64
    /// When, by the daemon's clock.
    public var at: WallTime
    /// What kind of event it is.
    public var kind: Kind
    /// Nil for changes of policies.
    public var breaker: String?
    /// The pattern of a policy's change.
    public var match: String?
    /// The state before; nil where none changed.
    public var from: BreakerState?
    /// The state afterwards; nil where none changed.
    public var to: BreakerState?
    /// Afterwards; nil for changes of policies.
    public var generation: UInt64?
    /// Who did it, where an operator said so.
    public var actor: String?
    /// The reason that the operator gave.
    public var note: String?
    /// Why the breaker moved.
    public var reason: BreakerReason?
    /// Of an override.
    public var mode: OverrideMode?
    /// The rule that was set.
    public var policy: BreakerPolicy?
}
