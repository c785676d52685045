// Webhooks. The history is the queue: a notifier is a cursor on it, in the same database, so that a restart
// loses nothing and no request waits for anybody who is notified.

import AsyncHTTPClient
package import BreakerServer
import BreakerStore
import Synchronization

/// All of the daemon's notifiers.
package final class Notifiers: Annex {
    private struct Running {
        let client: HTTPClient
        let work: Task<Void, Never>
    }

    private let settings: [NotifierSettings]
    private let running = Mutex<Running?>(nil)

    package init(_ settings: [NotifierSettings]) {
        self.settings = settings
    }

    package func start(_ door: InnerDoor) async throws -> [String] {
        // Before anybody is served: what happens from now on is told.
        let opened = try await door.store.openNotifiers(self.settings.map(\.name))
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(door.group),
            configuration: HTTPClient.Configuration(redirectConfiguration: .disallow))
        let notifiers = zip(self.settings, opened.cursors).map { settings, cursor in
            let delivery = Delivery(settings: settings, client: client)
            return Notifier(
                settings: settings, identity: opened.identity, door: door, delivery: delivery,
                cursor: cursor)
        }
        let work = Task {
            await withTaskGroup(of: Void.self) { group in
                for notifier in notifiers {
                    group.addTask {
                        var notifier = notifier
                        await notifier.run()
                    }
                }
            }
        }
        self.running.withLock { $0 = Running(client: client, work: work) }
        return []
    }

    /// What is not confirmed is sent again at the next start.
    package func stop() async {
        guard let running = self.running.withLock({ $0.take() }) else { return }
        running.work.cancel()
        await running.work.value
        try? await running.client.shutdown()
    }
}
