import BreakerStore
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import BreakerServer

@Suite("The watchdog")
struct WatchdogTests {
    /// Counts, and lets a test wait for a count.
    private final class Counter: Sendable {
        private let value = Mutex(0)
        var count: Int { self.value.withLock { $0 } }
        func add() { self.value.withLock { $0 += 1 } }

        func reaches(_ target: Int) async -> Bool {
            for _ in 0..<2_000 where self.count < target { try? await Task.sleep(for: .milliseconds(5)) }
            return self.count >= target
        }
    }

    /// A turn that is made when the test says so.
    private final class Gate: Sendable {
        private let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])
        private let isOpen = Mutex(true)
        let held = Counter()

        func pass() async {
            await withCheckedContinuation { continuation in
                if self.isOpen.withLock({ $0 }) { return continuation.resume() }
                self.waiting.withLock { $0.append(continuation) }
                self.held.add()
            }
        }

        func close() { self.isOpen.withLock { $0 = false } }

        func open() {
            self.isOpen.withLock { $0 = true }
            let waiting = self.waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test(
        "It is fed when all workers have made a turn, and not while one of them makes none", arguments: 0..<3)
    func hangs(index: Int) async {
        let gates = (0..<3).map { _ in Gate() }
        let fed = Counter()
        let workers = gates.enumerated().map { number, gate in
            Watchdog.Worker(name: "worker \(number)") { await gate.pass() }
        }
        let watchdog = Watchdog(
            limit: .milliseconds(20), workers: workers, logger: self.logger, feed: fed.add)
        let running = Task { await watchdog.run() }
        #expect(await fed.reaches(3))
        gates[index].close()
        #expect(await gates[index].held.reaches(1))
        let before = fed.count
        // Several times the limit: time enough to be fed wrongly.
        try? await Task.sleep(for: .milliseconds(100))
        #expect(fed.count == before)
        gates[index].open()
        #expect(await fed.reaches(before + 3))
        running.cancel()
        await running.value
    }

    @Test("Event loops and the store's writer make their turns; a store that was closed holds nobody up")
    func workers() async throws {
        let (store, _) = try Store.open(StoreOptions(location: .memory), wallMilliseconds: 0)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let workers = Watchdog.Worker.all(eventLoops: Array(group.makeIterator()), store: store)
        #expect(workers.map(\.name) == ["event loop 0", "event loop 1", "store writer"])
        for worker in workers { await worker.turn() }
        await store.close(wallMilliseconds: 0)
        for worker in workers { await worker.turn() }
        try await group.shutdownGracefully()
    }
}
