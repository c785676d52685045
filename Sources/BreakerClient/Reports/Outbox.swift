// Tells the daemon what the guarded calls counted, in batches, one at a time. A batch is kept until it is
// acknowledged and sent again over the next connection under its sequence, so that it counts once whatever
// happens between.

import BreakerCore
import BreakerWire
import DequeModule
import Logging

final class Outbox {
    /// Counts without a failure wait so long at most.
    static let interval = Duration.milliseconds(100)
    /// Batches that were sent at once follow each other no closer than this.
    static let coalescing = Duration.milliseconds(5)
    /// Elements kept while they cannot be told.
    static let mostElements = 1_000

    private let signals: LinkSignals
    private let configuration: BreakerClient.Configuration
    private let metrics: ClientMetrics?
    private var drawers: [Drawer] = []
    private var sequence: BatchSequence
    private var batch: Batch?
    private var isUnderWay = false
    private var isConnected = false
    private var mostBatchElements = Outbox.mostElements
    private var timer: (ClientTimer, due: Instant)?
    private var lastAtOnce: Instant?
    /// Called when everything is told or cannot be told any more.
    private var finished: (() -> Void)?

    init(signals: LinkSignals, configuration: BreakerClient.Configuration, metrics: ClientMetrics?) {
        self.signals = signals
        self.configuration = configuration
        self.metrics = metrics
        self.sequence = BatchSequence()
    }

    /// Looks after the counts of further breakers.
    func know(_ cells: ArraySlice<BreakerCell>) { self.drawers += cells.map { Drawer(cell: $0) } }

    // MARK: When to tell

    func wake(_ urgency: LinkSignals.Urgency, _ manager: ConnectionManager) {
        let now = manager.now
        switch urgency {
        case .none: break
        case .soon: self.arm(now + Interval(Outbox.interval), manager)
        case .atOnce:
            let next = self.lastAtOnce.map { $0 + Interval(Outbox.coalescing) } ?? now
            if next > now { return self.arm(next, manager) }
            self.lastAtOnce = now
            self.flush(manager)
        }
    }

    private func arm(_ due: Instant, _ manager: ConnectionManager) {
        if let timer, timer.due <= due { return }
        self.timer?.0.cancel()
        let timer = manager.schedule(in: Duration(due - manager.now)) { [weak self, weak manager] in
            guard let self, let manager else { return }
            self.lastAtOnce = manager.now
            self.flush(manager)
        }
        self.timer = (timer, due)
    }

    /// Gathers what was counted, and tells it where that is possible.
    private func flush(_ manager: ConnectionManager) {
        self.timer?.0.cancel()
        self.timer = nil
        self.signals.beginLooking()
        for index in self.drawers.indices { self.drawers[index].collect() }
        self.keepBound()
        self.send(manager)
    }

    /// Tells everything, and then calls `done`.
    func finish(_ manager: ConnectionManager, done: @escaping () -> Void) {
        self.flush(manager)
        guard self.isConnected, self.batch != nil else { return done() }
        let bound = manager.schedule(in: self.configuration.shutdownDeadline) { [weak self] in
            self?.end()
        }
        self.finished = {
            bound.cancel()
            done()
        }
    }

    private func end() {
        let finished = self.finished.take()
        finished?()
    }

    // MARK: The connection

    func connected(_ manager: ConnectionManager, hello: Hello) {
        self.isConnected = true
        self.mostBatchElements = min(Outbox.mostElements, hello.batch)
        self.flush(manager)
    }

    func disconnected() {
        self.isConnected = false
        self.isUnderWay = false
        self.end()
    }

    func closed() {
        self.timer?.0.cancel()
        self.timer = nil
        let left = self.drawers.reduce(self.batch?.outcomes ?? 0) { $0 + $1.outcomes }
        if left > 0 { self.drop(left, "the client was shut down") }
        self.drawers.removeAll()
        self.batch = nil
    }

    // MARK: Telling

    private func send(_ manager: ConnectionManager) {
        guard self.isConnected, !self.isUnderWay else { return }
        if self.batch == nil { self.batch = self.nextBatch(at: manager.now) }
        guard let batch else { return self.end() }
        self.isUnderWay = true
        manager.submit(
            batch.request(deadline: self.configuration.commandDeadline),
            .client { [weak self, weak manager] result in
                guard let self, let manager else { return }
                self.isUnderWay = false
                self.metrics?.batch(Outbox.end(result))
                self.answered(result, manager)
            })
    }

    private func answered(_ result: Result<Reply, BreakerError>, _ manager: ConnectionManager) {
        switch result {
        case .success(let reply):
            let refused = self.batch?.outcomes(refusedBy: reply) ?? 0
            if refused > 0 { self.drop(refused, "the daemon has no room for the breaker") }
            self.batch = nil
            self.send(manager)
        case .failure(let error):
            switch error.code {
            case .unavailable, .draining, .shutDown: break
            case .deadlineExceeded: manager.drop("no answer to a batch of reports")
            // The daemon does not read for a while.
            case .overloaded: self.arm(manager.now + Interval(Outbox.interval), manager)
            default:
                self.drop(self.batch?.outcomes ?? 0, error.message)
                self.batch = nil
                self.send(manager)
            }
        }
    }

    private static func end(_ result: Result<Reply, BreakerError>) -> ClientMetrics.BatchEnd {
        switch result {
        case .success: return .acknowledged
        case .failure(let error):
            switch error.code {
            case .unavailable, .draining, .shutDown, .deadlineExceeded, .overloaded: return .unanswered
            default: return .refused
            }
        }
    }

    private func nextBatch(at now: Instant) -> Batch? {
        var builder = BatchBuilder(mostElements: self.mostBatchElements)
        for index in self.drawers.indices {
            while let element = self.drawers[index].oldest {
                let line = BatchBuilder.Line(
                    breaker: self.drawers[index].cell.name, element,
                    isStale: self.drawers[index].isStale(element, at: now))
                guard builder.add(line) else { return builder.batch(self.sequence.next()) }
                self.drawers[index].removeOldest()
            }
        }
        return builder.isEmpty ? nil : builder.batch(self.sequence.next())
    }

    // MARK: The bound

    private func keepBound() {
        var count = self.drawers.reduce(0) { $0 + $1.elements.count }
        while count > Outbox.mostElements {
            // Successes tell less than failures.
            let victim =
                self.oldestDrawer { !$0.isTrouble } ?? self.oldestDrawer { _ in true }
            guard let victim else { return }
            self.drop(self.drawers[victim.drawer].remove(at: victim.element).outcomes, "too many are waiting")
            count -= 1
        }
    }

    private func oldestDrawer(where isMeant: (ReportElement) -> Bool) -> (drawer: Int, element: Int)? {
        var oldest: (drawer: Int, element: Int, began: Instant)?
        for (index, drawer) in self.drawers.enumerated() {
            guard let element = drawer.elements.firstIndex(where: isMeant) else { continue }
            let began = drawer.elements[element].began
            if oldest.map({ began < $0.began }) ?? true { oldest = (index, element, began) }
        }
        return oldest.map { ($0.drawer, $0.element) }
    }

    private func drop(_ outcomes: Int, _ why: String) {
        self.signals.drop(outcomes)
        self.metrics?.drop(outcomes)
        self.configuration.logger.log(
            .outcomesDropped, at: .warning, ["outcomes": "\(outcomes)", "reason": "\(why)"])
    }
}
