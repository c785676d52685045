/// The daemon's figures.
public struct DaemonStats: Hashable, Sendable {
    /// Breakers by what they show.
    public struct Breakers: Hashable, Sendable {
        public var total = 0
        public var closed = 0
        public var open = 0
        public var halfOpen = 0
        /// Under an override; counted above too.
        public var forced = 0
    }

    /// Rules by source, and the policy revision.
    public struct Policies: Hashable, Sendable {
        public var `operator` = 0
        public var file = 0
        public var revision: UInt64 = 0
    }

    /// How writing to the database goes.
    public struct Store: Hashable, Sendable {
        /// "ok" or "failing".
        public var status = ""
        public var path = ""
        /// Set while failing.
        public var error: String?
        public var failingFor: Duration?
        /// Records changed in memory and not yet on disk.
        public var owed = 0
        public var dropped = 0
        public var commits = 0
        /// How long the last commit took.
        public var lastCommit: Duration?
        public var historyRows = 0
        /// What the database takes on disk; nil in memory.
        public var databaseBytes: Int?
        /// What the daemon may still write where its database lies; nil in memory.
        public var diskFreeBytes: Int?
    }

    /// Bounds that the daemon was configured with or has from its system.
    public struct Limits: Hashable, Sendable {
        public var connections: Int
        public var breakers: Int
        public var historyRows: Int
        /// Files and sockets that it may have open; nil: not known.
        public var descriptors: Int?
    }

    /// "breakerd/0.1.0".
    public var server: String
    public var `protocol`: Int
    /// How often the daemon has started on its database.
    public var epoch: UInt64
    public var now: WallTime
    public var uptime: Duration
    /// "system" or "manual".
    public var clock: String
    /// Open now.
    public var connections: Int
    /// Of those connections, the ones that have said hello.
    public var sessions: UInt64
    public var watches: Int
    public var breakers: Breakers
    public var revision: UInt64
    public var policies: Policies
    /// By operation.
    public var requests: [String: UInt64]
    /// By code.
    public var errors: [String: UInt64]
    public var transitions: UInt64
    public var refusedConnections: UInt64
    public var store: Store
    /// Nil of a daemon that does not tell.
    public var limits: Limits?
}

/// One connection to the daemon.
public struct DaemonSession: Hashable, Sendable {
    public var session: String
    public var clientName: String?
    public var clientInstance: String?
    public var clientLibrary: String?
    /// "unix" or "tcp".
    public var transport: String
    public var peer: String?
    public var connectedFor: Duration
    public var requests: UInt64
    public var watches: Int
    /// Held now.
    public var permits: Int
    /// The connection that asked.
    public var isOwn: Bool
}
