import BreakerCore
import BreakerServer
import BreakerStore
import Logging

/// One notifier at work: reads the history behind its cursor, gathers, and sends until it is taken.
struct Notifier: Sendable {
    /// How often it looks for new events: no more than reading a number.
    private static let look = Duration.milliseconds(250)
    /// After the database could not be read or written.
    private static let diskPause = Duration.seconds(1)
    /// Events of one message.
    private static let most = 1_000

    let settings: NotifierSettings
    let identity: String
    let door: InnerDoor
    let delivery: Delivery
    var cursor: NotifierCursor
    private var isFailing = false

    init(
        settings: NotifierSettings, identity: String, door: InnerDoor, delivery: Delivery,
        cursor: NotifierCursor
    ) {
        (self.settings, self.identity, self.door) = (settings, identity, door)
        (self.delivery, self.cursor) = (delivery, cursor)
    }

    /// Until its task is cancelled.
    mutating func run() async {
        while !Task.isCancelled {
            do throws(StoreError) {
                if let through = self.cursor.through {
                    try await self.deliver(through: through)
                } else {
                    try await self.gather()
                }
            } catch {
                try? await Task.sleep(for: Notifier.diskPause)
            }
        }
    }

    /// Waits for events, and for those that come with them; then has on disk what the message consists of.
    private mutating func gather() async throws(StoreError) {
        let written = self.door.store.historyWritten
        var events = try await self.next()
        guard let last = events.last else { return await self.wait(beyond: written) }
        guard events.contains(where: { Message.isWanted($0, by: self.settings) }) else {
            self.cursor.delivered = last.eventID
            // In memory will do for a few: they are passed over once more after a restart.
            if events.count == Notifier.most { try await self.door.store.save(self.cursor) }
            return
        }
        if events.count < Notifier.most, self.settings.groupMilliseconds > 0 {
            let pause = Duration.milliseconds(self.settings.groupMilliseconds)
            guard (try? await Task.sleep(for: pause)) != nil else { return }
            events = try await self.next()
        }
        var begun = self.cursor
        begun.through = events.last?.eventID
        try await self.door.store.save(begun)
        self.cursor = begun
    }

    private func next() async throws(StoreError) -> [HistoryEvent] {
        try await self.door.store.history(after: self.cursor.delivered, limit: Notifier.most)
    }

    private func wait(beyond written: UInt64) async {
        while self.door.store.historyWritten == written {
            guard (try? await Task.sleep(for: Notifier.look)) != nil else { return }
        }
    }

    private mutating func deliver(through: Int64) async throws(StoreError) {
        let page = try await self.next().filter { $0.eventID <= through }
        let events = page.filter { Message.isWanted($0, by: self.settings) }
        if let first = events.first {
            let missed = max(0, (page.first?.eventID ?? 0) - self.cursor.delivered - 1)
            let message = Message(
                self.settings, identity: self.identity, self.cursor, through: through, events: events,
                missed: missed)
            guard await self.send(message, since: first.atMilliseconds) else { return }
        }
        let done = NotifierCursor(name: self.cursor.name, delivered: through)
        while true {
            do throws(StoreError) {
                try await self.door.store.save(done)
                break
            } catch {
                // Taken, but that cannot be kept: not sent again while this process lives.
                guard (try? await Task.sleep(for: Notifier.diskPause)) != nil else { throw error }
            }
        }
        self.cursor = done
    }

    /// Whether it is over with the message; false: the daemon stops.
    private mutating func send(_ message: Message, since first: Int64) async -> Bool {
        var backoff = Backoff()
        while true {
            let wall = self.door.anchor.wallMilliseconds
            let body = message.body(open: self.open)
            let outcome = await self.delivery.attempt(body, key: message.key, wallMilliseconds: wall)
            switch outcome {
            case .taken:
                self.recovered()
                return true
            case .cancelled: return false
            case .refused(let cause):
                self.refused(message, cause)
                return true
            case .unavailable(let cause, let asked):
                self.failed(cause)
                if self.door.anchor.wallMilliseconds - first >= Int64(self.settings.giveUpMilliseconds) {
                    self.refused(message, "given up: \(cause)")
                    return true
                }
                let pause = backoff.next()
                guard (try? await Task.sleep(for: asked ?? pause)) != nil else { return false }
            }
        }
    }

    /// Of its breakers, how many are open; only PagerDuty is told.
    private var open: Int {
        guard self.settings.form == .pagerduty else { return 0 }
        return self.door.openBreakers { name in self.settings.match.contains { $0.matches(name) } }
    }

    private mutating func failed(_ cause: String) {
        guard !self.isFailing else { return }
        self.isFailing = true
        self.door.logger.warning(
            "notifier_failing", metadata: ["notifier": "\(self.settings.name)", "cause": "\(cause)"])
    }

    private mutating func recovered() {
        guard self.isFailing else { return }
        self.isFailing = false
        self.door.logger.notice("notifier_recovered", metadata: ["notifier": "\(self.settings.name)"])
    }

    private func refused(_ message: Message, _ cause: String) {
        self.door.logger.error(
            "notifier_refused",
            metadata: [
                "notifier": "\(self.settings.name)", "cause": "\(cause)", "message": "\(message.key)",
            ])
    }
}
