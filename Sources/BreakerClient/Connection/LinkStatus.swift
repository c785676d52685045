/// How a client's connection stands: for tests, which wait until what is under way has arrived.
package struct LinkStatus: Hashable, Sendable {
    package enum Phase: Hashable, Sendable {
        /// Nothing was asked yet.
        case idle
        /// No endpoint has accepted yet.
        case connecting
        /// `hello` is not answered yet.
        case greeting
        case ready
        /// Backing off.
        case waiting
        /// Shut down, but for replies to what was sent.
        case draining
        case closed
    }

    package let phase: Phase
    /// How often an endpoint has accepted.
    package let connections: Int
    /// Lines sent over the present connection; 0 without one.
    package let sent: Int
    /// Lines that the present connection has brought; 0 without one.
    package let heard: Int
    /// Guarded calls, and others that `acquire`, which wait for their answer.
    package let asking: Int

    init(_ manager: ConnectionManager) {
        let handler: LineHandler?
        switch manager.state {
        case .idle: (self.phase, handler) = (.idle, nil)
        case .connecting(let attempt):
            (self.phase, handler) = (attempt.handler == nil ? .connecting : .greeting, attempt.handler)
        case .ready(let current): (self.phase, handler) = (.ready, current)
        case .waiting: (self.phase, handler) = (.waiting, nil)
        case .draining(let current, _, _): (self.phase, handler) = (.draining, current)
        case .closed: (self.phase, handler) = (.closed, nil)
        }
        self.connections = manager.connections
        self.sent = handler?.linesSent ?? 0
        self.heard = handler?.linesHeard ?? 0
        self.asking = manager.pending.asking
    }
}
