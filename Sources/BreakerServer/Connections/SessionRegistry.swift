import BreakerCore
import BreakerWire
import NIOCore
import Synchronization

/// What the daemon knows of one connection; written by the connection, read by `sessions` and `stats`.
final class SessionRecord: Sendable {
    enum Transport: String, Sendable {
        case unix, tcp
    }

    let id: SessionID
    let transport: Transport
    /// The peer's address, for TCP.
    let peer: String?
    let connectedAt: Instant
    let channel: any Channel
    let client = Mutex<Request.Hello.Client?>(nil)
    let hot = SharedHotCounts()
    /// Requests that are not counted in `hot`.
    let otherRequests = Atomic<Int>(0)
    let watches = Atomic<Int>(0)

    init(id: SessionID, channel: any Channel, transport: Transport, connectedAt: Instant) {
        self.id = id
        self.channel = channel
        self.transport = transport
        self.peer = transport == .tcp ? channel.remoteAddress.flatMap(SessionRecord.text) : nil
        self.connectedAt = connectedAt
    }

    /// `127.0.0.1:59092`, `[::1]:59092`.
    private static func text(_ address: SocketAddress) -> String? {
        guard let host = address.ipAddress, let port = address.port else { return nil }
        return TCPEndpoint(host: host, port: port).description
    }

    var requests: Int { self.hot.current.total + self.otherRequests.load(ordering: .relaxed) }

    /// As the wire spells it: "s19".
    var label: String { "s\(self.id.rawValue)" }
}

/// Every connection that is open, and the bound on their number.
final class SessionRegistry: Sendable {
    private struct State {
        var sessions: [SessionID: SessionRecord] = [:]
        var lastID: UInt64 = 0
        var refused = 0
        /// Of the connections that have ended.
        var hot = HotCounts()
    }

    private let state = Mutex(State())
    /// Connections that may be open at once.
    let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// Nil: the limit is reached, and the connection is to be refused.
    func open(_ channel: any Channel, _ transport: SessionRecord.Transport, at now: Instant) -> SessionRecord?
    {
        self.state.withLock { state in
            guard state.sessions.count < self.limit else {
                state.refused += 1
                return nil
            }
            state.lastID += 1
            let session = SessionRecord(
                id: SessionID(rawValue: state.lastID), channel: channel, transport: transport,
                connectedAt: now)
            state.sessions[session.id] = session
            return session
        }
    }

    func close(_ session: SessionRecord) {
        self.state.withLock { state in
            guard state.sessions.removeValue(forKey: session.id) != nil else { return }
            state.hot += session.hot.current
        }
    }

    /// Over all connections that there are and that there were.
    var hotCounts: HotCounts {
        self.state.withLock { state in
            state.sessions.values.reduce(into: state.hot) { $0 += $1.hot.current }
        }
    }

    var count: Int { self.state.withLock(\.sessions.count) }

    /// Connections refused because of the limit.
    var refused: Int { self.state.withLock(\.refused) }

    /// How many there are, by what tells them apart.
    struct Census {
        var unix = 0
        var tcp = 0
        /// That have said `hello`.
        var named = 0
        var watches = 0
    }

    var census: Census {
        self.state.withLock { state in
            state.sessions.values.reduce(into: Census()) { census, session in
                switch session.transport {
                case .unix: census.unix += 1
                case .tcp: census.tcp += 1
                }
                if session.client.withLock({ $0 != nil }) { census.named += 1 }
                census.watches += session.watches.load(ordering: .relaxed)
            }
        }
    }

    /// In the order they connected.
    var all: [SessionRecord] {
        self.state.withLock { $0.sessions.values.sorted { $0.id.rawValue < $1.id.rawValue } }
    }
}
