// A guarded call of the Swift client in cached mode, with its daemon in the same process.

import BreakerClient
import BreakerClientTesting
import Synchronization

/// A client that knows one breaker closed and another open, for as long as the process lives.
private struct Guarded: Sendable {
    let daemon: TestDaemon
    let client: BreakerClient
    let closed: Breaker
    let open: Breaker

    /// One for all bodies.
    static let shared = Task { try await Guarded() }

    private init() async throws {
        self.daemon = try await TestDaemon.start()
        // Made here, not by the daemon: under the system's clock, as an application's.
        self.client = BreakerClient(endpoints: [self.daemon.endpoint])
        self.closed = self.client.breaker("payments")
        self.open = self.client.breaker("search")
        try await self.daemon.trip(self.open.name, for: .seconds(3_600))
        try await self.learn()
        let daemon = self.daemon
        Task {
            // A daemon that is silent for long is not believed: its heartbeats come with its time.
            while true {
                try await Task.sleep(for: .seconds(1))
                await daemon.advance(by: .seconds(1))
            }
        }
    }

    /// Returns when the client decides about both by itself.
    private func learn() async throws {
        // The first calls may be asked for; what is known when they are answered is known for good.
        for _ in 0..<1_000 {
            _ = try? await self.closed.run {}
            do { try await self.open.run {} } catch is BreakerOpen {}
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}

extension Body {
    static let client = [
        Body("client/mutex and clock", on: { Mutexed() }, loop: lockAndLook),
        guarded("client/run, closed, success", pass),
        guarded("client/run, closed, classified", classify),
        guarded("client/run, open, refused", refuse),
    ]
}

private func guarded(
    _ name: String, _ loop: nonisolated(nonsending) @escaping @Sendable (Guarded, Int) async throws -> Void
) -> Body {
    Body(name) {
        let guarded = try await Guarded.shared.value
        return { turns in try await loop(guarded, turns) }
    }
}

/// What no guard can do without: the yardstick of the others.
private final class Mutexed {
    let mutex = Mutex(0)
}

private func lockAndLook(_ mutexed: inout Mutexed, _ turns: Int) {
    var last = ContinuousClock.now
    for _ in 0..<turns {
        mutexed.mutex.withLock { $0 &+= 1 }
        last = ContinuousClock.now
    }
    keep(last > .now ? 1 : 0)
}

nonisolated(nonsending) private func pass(_ guarded: Guarded, _ turns: Int) async throws {
    var sum = 0
    for _ in 0..<turns { sum &+= try await guarded.closed.run { 1 } }
    keep(sum)
}

nonisolated(nonsending) private func classify(_ guarded: Guarded, _ turns: Int) async throws {
    var sum = 0
    for _ in 0..<turns { sum &+= try await guarded.closed.run(classify: { _ in nil }) { 1 } }
    keep(sum)
}

nonisolated(nonsending) private func refuse(_ guarded: Guarded, _ turns: Int) async throws {
    var refused = 0
    for _ in 0..<turns {
        do { try await guarded.open.run {} } catch is BreakerOpen { refused &+= 1 }
    }
    guard refused == turns else { throw Unprepared(what: "an open breaker") }
}
