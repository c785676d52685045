// The life of a connection, on one event loop.
//
//     idle ─first request─▶ connecting ─hello answered─▶ ready ─shutdown─▶ draining ─▶ closed
//                            ▲     └─no endpoint─┐        └─lost, garbage─┐
//                            └────backoff──── waiting ◀───────────────────┘
//
// Requests made during the first attempt to connect wait for it, within their deadlines. After a failure,
// requests fail at once until there is a connection again: a caller must not wait for a daemon that is known
// to be away.

import BreakerCore
import BreakerWire
import Logging
import NIOCore

final class ConnectionManager {
    enum State {
        case idle
        case connecting(Attempt)
        case ready(LineHandler)
        /// Backing off after a failure.
        case waiting(ClientTimer)
        /// Shut down, but for replies to what was sent.
        case draining(LineHandler, ClientTimer, done: [() -> Void])
        case closed
    }

    /// One round through the endpoints.
    struct Attempt {
        let number: Int
        /// To be sent when the connection is made.
        var unsent: [Request] = []
        /// Why the endpoints tried so far are of no use.
        var failures: [String] = []
        /// Set while an endpoint that accepted is asked for `hello`.
        var handler: LineHandler?
    }

    /// A connection on which nothing came for so long, though replies are due, is taken as dead: the daemon's
    /// host may have vanished without a word.
    static let silence = Interval.seconds(5)

    let endpoints: [Endpoint]
    let configuration: BreakerClient.Configuration
    let loop: any EventLoop
    let observer: (any ConnectionObserver)?
    var state = State.idle
    var pending = PendingRequests()
    /// Failed attempts and lost connections since the daemon last answered something beyond `hello`.
    var failures = 0
    var attempts = 0
    /// How often an endpoint has accepted.
    var connections = 0
    /// The request that `hello` was sent as, until it is answered.
    var greeting: Int64?
    var lastFailure: String?
    /// Since when replies have been due and nothing came; nil: none is due.
    var silentSince: Instant?
    /// Whether the log knows that there is no connection.
    var isLossLogged = false
    var isReadingPaused = false

    init(
        endpoints: [Endpoint], configuration: BreakerClient.Configuration, loop: any EventLoop,
        observer: (any ConnectionObserver)?
    ) {
        self.endpoints = endpoints
        self.configuration = configuration
        self.loop = loop
        self.observer = observer
    }

    var now: Instant { self.configuration.clock.now }

    func schedule(in delay: Duration, _ action: @escaping () -> Void) -> ClientTimer {
        self.configuration.clock.schedule(in: delay, on: self.loop, action)
    }

    // MARK: Losing a connection

    /// The peer does not speak the protocol.
    func fault(_ what: String, from handler: LineHandler) {
        self.lost("the daemon sent \(what)", from: handler)
    }

    /// Gives up a connection that its observer finds wanting.
    func drop(_ why: String) {
        guard case .ready(let handler) = self.state else { return }
        self.lost(why, from: handler)
    }

    /// The connection is of no use any more.
    func lost(_ why: String, from handler: LineHandler) {
        switch self.state {
        case .connecting(let attempt) where attempt.handler === handler:
            // `hello` was not answered as it must be: its waiter goes on to the next endpoint.
            handler.close()
            self.failGreeting(why)
        case .ready(let current) where current === handler:
            handler.close()
            self.retry(after: why, wasReady: true)
        case .draining(let current, let timer, let done) where current === handler:
            handler.close()
            self.end(timer, done)
        case .idle, .connecting, .ready, .waiting, .draining, .closed:
            handler.close()
        }
    }

    /// Everything that waits fails, and the next attempt is armed.
    func retry(after why: String, wasReady: Bool) {
        self.failures += 1
        self.lastFailure = why
        self.silentSince = nil
        self.isReadingPaused = false
        self.logLoss(why, wasReady: wasReady)
        let backoff = Backoff(
            minimum: self.configuration.reconnectMinimum, maximum: self.configuration.reconnectMaximum)
        let delay = backoff.delay(failures: self.failures, random: Double.random(in: 0...1))
        self.state = .waiting(
            self.schedule(in: delay) { [weak self] in self?.connect(unsent: []) })
        let error = BreakerError(
            .unavailable, wasReady ? "\(why) before the reply; the request may have been carried out" : why)
        self.fail(with: error)
        self.observer?.disconnected(error, from: self)
    }

    private func fail(with error: BreakerError) {
        for waiter in self.pending.removeAll() { waiter.end(.failure(error)) }
    }

    private func logLoss(_ why: String, wasReady: Bool) {
        let level: Logger.Level = self.isLossLogged ? .debug : .warning
        self.isLossLogged = true
        self.configuration.logger.log(
            wasReady ? .connectionLost : .connectFailed, at: level, ["reason": "\(why)"])
    }

    // MARK: The end

    /// Ends when every reply has come, at the latest at `end`.
    func shutdown(by end: Instant, done: @escaping () -> Void) {
        let left = Duration(max(.zero, end - self.now))
        switch self.state {
        case .idle, .connecting, .waiting:
            self.close()
            done()
        case .closed: done()
        case .draining(let handler, let timer, let others):
            self.state = .draining(handler, timer, done: others + [done])
        case .ready(let handler):
            let timer = self.schedule(in: left) { [weak self] in self?.close() }
            // Answered in order: when its reply is here, the daemon has taken every report before it.
            let barrier = Request("ping", deadline: left) { _ in }
            // The bound is everything's: the barrier's reply must not end it.
            self.pending.insert(barrier, .nobody, deadline: nil)
            handler.send(barrier.line)
            self.state = .draining(handler, timer, done: [done])
        }
    }

    /// Called whenever a reply has come.
    func finishIfDrained() {
        guard case .draining(let handler, let timer, let done) = self.state, self.pending.isEmpty else {
            return
        }
        handler.close()
        self.end(timer, done)
    }

    /// Ends at once.
    func close() {
        let state = self.state
        switch state {
        case .idle: self.end(nil, [])
        case .connecting(let attempt):
            attempt.handler?.close()
            self.end(nil, [])
        case .ready(let handler):
            handler.close()
            self.end(nil, [])
        case .waiting(let timer): self.end(timer, [])
        case .draining(let handler, let timer, let done):
            handler.close()
            self.end(timer, done)
        case .closed: break
        }
    }

    private func end(_ timer: ClientTimer?, _ done: [() -> Void]) {
        timer?.cancel()
        self.state = .closed
        self.fail(with: BreakerError(.shutDown, "the client was shut down"))
        self.observer?.closed()
        for action in done { action() }
    }
}
