import BreakerStore
import Logging
import NIOCore

/// Shows the service manager signs of life for as long as every thread that matters gives some itself.
///
/// Each is asked for a turn, and only when all have made theirs the manager hears of it. A thread that hangs
/// never does; then the manager ends the process and starts it anew. A disk that fails with errors is none of
/// that: its thread turns, and the daemon serves from memory.
struct Watchdog {
    /// A thread that works in turns.
    struct Worker: Sendable {
        let name: String
        /// Returns when the thread has made a turn since the call.
        let turn: @Sendable () async -> Void
    }

    private let period: Duration
    private let workers: [Worker]
    private let feed: @Sendable () -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - limit: How long the manager waits; it is fed in half that time.
    ///   - feed: Called when all workers have made a turn.
    init(limit: Duration, workers: [Worker], logger: Logger, feed: @escaping @Sendable () -> Void) {
        self.period = limit / 2
        self.workers = workers
        self.feed = feed
        self.logger = logger
    }

    /// Returns when its task is cancelled, not before the worker that it waits for.
    func run() async {
        while (try? await Task.sleep(for: self.period)) != nil {
            for worker in self.workers { await self.await(worker) }
            self.feed()
        }
    }

    /// While it waits in vain the log says for whom: afterwards nobody can ask.
    private func await(_ worker: Worker) async {
        let alarm = Task {
            guard (try? await Task.sleep(for: self.period / 2)) != nil else { return }
            self.logger.critical(
                "thread_hangs", metadata: ["thread": "\(worker.name)", "waited_ms": "\(self.waitedMs)"])
        }
        await worker.turn()
        alarm.cancel()
    }

    private var waitedMs: Int { Int(self.period / 2 / .milliseconds(1)) }
}

extension Watchdog.Worker {
    /// The threads without which the daemon is of no use: those of the connections, and the database's.
    static func all(eventLoops: [any EventLoop], store: Store) -> [Watchdog.Worker] {
        eventLoops.enumerated().map { index, eventLoop in
            // Nothing in it can fail.
            Watchdog.Worker(name: "event loop \(index)") { try? await eventLoop.submit {}.get() }
        } + [Watchdog.Worker(name: "store writer") { await store.turn() }]
    }
}
