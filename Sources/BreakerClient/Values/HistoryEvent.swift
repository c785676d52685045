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
    public var at: WallTime
    public var kind: Kind
    /// Nil for changes of policies.
    public var breaker: String?
    /// The pattern of a policy's change.
    public var match: String?
    public var from: BreakerState?
    public var to: BreakerState?
    public var generation: UInt64?
    public var actor: String?
    /// The reason that the operator gave.
    public var note: String?
    public var reason: BreakerReason?
    /// Of an override.
    public var mode: OverrideMode?
    public var policy: BreakerPolicy?
}
