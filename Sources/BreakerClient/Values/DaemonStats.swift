/// The daemon's figures.
public struct DaemonStats: Hashable, Sendable {
    /// Breakers by what they show.
    public struct Breakers: Hashable, Sendable {
        /// All of them.
        public var total = 0
        /// Those whose calls pass.
        public var closed = 0
        /// Those that refuse calls.
        public var open = 0
        /// Those that let probes pass.
        public var halfOpen = 0
        /// Under an override; counted above too.
        public var forced = 0
    }

    /// Rules by source, and the policy revision.
    public struct Policies: Hashable, Sendable {
        /// Rules that operators set.
        public var `operator` = 0
        /// Rules of the configuration file.
        public var file = 0
        /// Changes with every change of a rule; compare for equality only.
        public var revision: UInt64 = 0
    }

    /// How writing to the database goes.
    public struct Store: Hashable, Sendable {
        /// "ok" or "failing".
        public var status = ""
        /// The database file; ":memory:" where there is none.
        public var path = ""
        /// Set while failing.
        public var error: String?
        /// For how long; nil while it works.
        public var failingFor: Duration?
        /// Records changed in memory and not yet on disk.
        public var owed = 0
        /// Records that were given up for want of room.
        public var dropped = 0
        /// Since the start.
        public var commits = 0
        /// How long the last commit took.
        public var lastCommit: Duration?
        /// Kept now.
        public var historyRows = 0
        /// What the database takes on disk; nil in memory.
        public var databaseBytes: Int?
        /// What the daemon may still write where its database lies; nil in memory.
        public var diskFreeBytes: Int?
    }

    /// Bounds that the daemon was configured with or has from its system.
    public struct Limits: Hashable, Sendable {
        /// Open at once.
        public var connections: Int
        /// Known at once.
        public var breakers: Int
        /// Kept before the oldest go.
        public var historyRows: Int
        /// Files and sockets that it may have open; nil: not known.
        public var descriptors: Int?
    }

    /// "breakerd/0.1.0".
    public var server: String
    /// The version of the wire protocol.
    public var `protocol`: Int
    /// How often the daemon has started on its database.
    public var epoch: UInt64
    /// The daemon's wall clock.
    public var now: WallTime
    /// Since the start.
    public var uptime: Duration
    /// "system" or "manual".
    public var clock: String
    /// Open now.
    public var connections: Int
    /// Of those connections, the ones that have said hello.
    public var sessions: UInt64
    /// Live now, over all connections.
    public var watches: Int
    /// By what they show now.
    public var breakers: Breakers
    /// Of the last change of any breaker.
    public var revision: UInt64
    /// The rules that are held.
    public var policies: Policies
    /// By operation.
    public var requests: [String: UInt64]
    /// By code.
    public var errors: [String: UInt64]
    /// Changes of state since the start.
    public var transitions: UInt64
    /// Turned away at the bound, since the start.
    public var refusedConnections: UInt64
    /// How writing to the database goes.
    public var store: Store
    /// Nil of a daemon that does not tell.
    public var limits: Limits?
}

/// One connection to the daemon.
public struct DaemonSession: Hashable, Sendable {
    /// As the daemon names it: "s12".
    public var session: String
    /// As told by `hello`; nil: not told.
    public var clientName: String?
    /// As told by `hello`; nil: not told.
    public var clientInstance: String?
    /// As told by `hello`: "swift/0.1.0"; nil: not told.
    public var clientLibrary: String?
    /// "unix" or "tcp".
    public var transport: String
    /// Address and port, or nil for a Unix socket.
    public var peer: String?
    /// Since the connection was accepted.
    public var connectedFor: Duration
    /// Since the connection was accepted.
    public var requests: UInt64
    /// Live now.
    public var watches: Int
    /// Held now.
    public var permits: Int
    /// The connection that asked.
    public var isOwn: Bool
}
