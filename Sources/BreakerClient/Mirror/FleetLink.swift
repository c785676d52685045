// What the client's own connection is for besides answering requests: the mirror, which is told of every
// change, and the outbox, which tells of every outcome. Lives on the connection's event loop.

import BreakerCore
import Logging

final class FleetLink: ConnectionObserver {
    private let cells: BreakerCells
    private let signals: LinkSignals
    private let configuration: BreakerClient.Configuration
    private let mirror: Mirror
    private let policies: PolicyKeeper
    private let outbox: Outbox
    /// Those of `cells` that were looked at.
    private var known: [BreakerCell] = []
    private var isConnected = false
    private var hasBeenConnected = false
    /// A call has waited in vain, and nothing has come since.
    private var isUnresponsive = false
    private let metrics: ClientMetrics?

    init(
        cells: BreakerCells, signals: LinkSignals, configuration: BreakerClient.Configuration,
        metrics: ClientMetrics?
    ) {
        self.cells = cells
        self.signals = signals
        self.configuration = configuration
        self.mirror = Mirror(signals: signals, configuration: configuration)
        self.policies = PolicyKeeper(configuration: configuration)
        self.outbox = Outbox(signals: signals, configuration: configuration, metrics: metrics)
        self.metrics = metrics
    }

    // MARK: From other threads

    func wake(_ manager: ConnectionManager) {
        let news = self.cells.shared(after: self.known.count)
        self.known += news
        self.outbox.know(news)
        if self.isConnected {
            self.mirror.add(news, over: manager)
            self.policies.declare(self.known, over: manager)
        } else if self.configuration.mode == .cached {
            manager.open()
        }
        self.outbox.wake(self.signals.asked, manager)
    }

    func finish(_ manager: ConnectionManager, done: @escaping () -> Void) {
        self.outbox.finish(manager, done: done)
    }

    // MARK: The connection

    func connected(_ manager: ConnectionManager, hello: Hello) {
        self.isConnected = true
        self.signals.setReachable(true)
        self.metrics?.connect(again: self.hasBeenConnected)
        self.hasBeenConnected = true
        self.outbox.connected(manager, hello: hello)
        self.mirror.connected(manager, hello: hello, cells: self.known)
        // After the watch, so that what is answered is at least as young as what the watch says first.
        self.policies.declare(self.known, over: manager)
    }

    func disconnected(_ error: BreakerError, from manager: ConnectionManager) { self.disconnect() }

    func closed() {
        self.disconnect()
        self.outbox.closed()
        self.known.removeAll()
    }

    func heard() {
        self.signals.setReachable(true)
        guard self.isUnresponsive else { return }
        self.isUnresponsive = false
        self.configuration.logger.log(.responsive, at: .info)
    }

    /// A call has waited in vain: no other shall until the daemon shows a sign of life.
    func missed(_ request: Request) {
        guard request.grants != nil else { return }
        self.signals.setReachable(false)
        guard self.isConnected, !self.isUnresponsive else { return }
        self.isUnresponsive = true
        self.configuration.logger.log(
            .unresponsive, at: .warning, ["deadline": "\(request.deadline)"])
    }

    func received(_ event: Reply, from manager: ConnectionManager) {
        do throws(BreakerError) {
            try self.mirror.received(event, from: manager)
            if let changes = try event.optionalCount("policy_changes") {
                self.policies.heard(changes, over: manager)
            }
        } catch {
            manager.drop("the daemon sent a malformed event: \(error.message)")
        }
    }

    private func disconnect() {
        if self.isConnected { self.metrics?.disconnect() }
        self.isConnected = false
        // What follows is told as a lost connection.
        self.isUnresponsive = false
        self.signals.setReachable(false)
        self.mirror.disconnected()
        self.policies.disconnected()
        self.outbox.disconnected()
    }
}
