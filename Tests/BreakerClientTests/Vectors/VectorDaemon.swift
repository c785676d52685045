// The daemon's side of a vector: who listens, which connection is the current one, and what the client has
// sent over it that no line has expected yet.

import BreakerClient
import BreakerWire

struct VectorDaemon {
    private var listeners: [String: ScriptedDaemon] = [:]
    private var paths: [String: String] = [:]
    /// Accepted, and no `@accept` has asked for them yet.
    private var waiting: [(endpoint: String, connection: ScriptedConnection)] = []
    private var newest: ScriptedConnection?
    private(set) var accepted = 0
    private(set) var current: ScriptedConnection?
    /// What has come over the current connection.
    private(set) var lines: [Received] = []

    /// Listens everywhere.
    init(endpoints: [String]) async throws {
        for name in endpoints {
            let daemon = try await ScriptedDaemon()
            self.listeners[name] = daemon
            self.paths[name] = daemon.path
        }
    }

    func endpoint(_ name: String) throws -> Endpoint {
        guard let path = self.paths[name] else { throw Missing("an endpoint \(name)") }
        return .unix(path: path)
    }

    mutating func listen(_ name: String) async throws {
        self.listeners[name] = try await ScriptedDaemon(at: self.paths[name])
    }

    mutating func stopListening(_ name: String) async throws {
        try await self.listeners.removeValue(forKey: name)?.stop()
    }

    /// Takes in what has come since.
    mutating func look() throws {
        for (name, daemon) in self.listeners {
            for connection in daemon.takeConnections() {
                self.waiting.append((name, connection))
                self.newest = connection
                self.accepted += 1
            }
        }
        guard let current else { return }
        self.lines += try current.lines.takeAll().map { try Received($0) }
    }

    /// Makes the oldest connection that waits the current one; nil: there is none.
    mutating func accept() throws -> String? {
        guard !self.waiting.isEmpty else { return nil }
        let (name, connection) = self.waiting.removeFirst()
        self.current = connection
        self.lines = []
        try self.look()
        return name
    }

    var hasWaiting: Bool { !self.waiting.isEmpty }

    /// The current connection, which must be there.
    func connection() throws -> ScriptedConnection {
        guard let current else { throw Missing("a connection: @accept comes first") }
        return current
    }

    /// Whether everything that either side has sent has arrived.
    func hasArrived(_ status: LinkStatus) -> Bool {
        guard status.connections == self.accepted else { return false }
        switch status.phase {
        case .connecting: return false
        case .idle, .waiting, .closed: return true
        case .greeting, .ready, .draining:
            guard let counts = self.newest?.lineCounts else { return false }
            return counts.received == status.sent && counts.sent == status.heard
        }
    }

    mutating func take(at index: Int) -> Received { self.lines.remove(at: index) }

    func stop() async throws {
        for daemon in self.listeners.values { try await daemon.stop() }
    }
}
