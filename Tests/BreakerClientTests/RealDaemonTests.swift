// Against a real daemon, where the environment names its binary: what the scripted one cannot show is that
// both sides mean the same.

import BreakerClient
import Foundation
import Testing

private let binary = ProcessInfo.processInfo.environment["BREAKERD_BINARY"]

/// A daemon whose time moves only when it is told to.
private final class RealDaemon {
    let client: BreakerClient
    private let process = Process()
    private let directory: URL

    /// - Parameter mode: of `client`.
    init(_ binary: String, mode: BreakerClient.Configuration.Mode = .strict) async throws {
        let name = "breaker-client-\(UInt64.random(in: 0 ... .max))"
        self.directory = URL(fileURLWithPath: "/tmp/\(name)")
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
        let socket = self.directory.appendingPathComponent("b.sock").path
        self.process.executableURL = URL(fileURLWithPath: binary)
        self.process.arguments = [
            "--manual-clock", "--unix-socket", socket, "--listen", "none", "--http", "none", "--database",
            ":memory:",
            "--log-level", "error",
        ]
        try self.process.run()
        var configuration = patient()
        configuration.mode = mode
        self.client = BreakerClient(endpoints: [.unix(path: socket)], configuration: configuration)
        let client = self.client
        _ = try await eventually { () throws(BreakerError) in try await client.ping() }
    }

    func stop() async throws {
        await self.client.shutdown()
        self.process.terminate()
        self.process.waitUntilExit()
        try FileManager.default.removeItem(at: self.directory)
    }
}

@Suite("With a real daemon", .enabled(if: binary != nil), .timeLimit(.minutes(1)))
struct RealDaemonTests {
    @Test("a breaker trips, refuses, recovers by probes, and every operation is understood")
    func everything() async throws {
        let daemon = try await RealDaemon(try #require(binary))
        let client = daemon.client
        try await self.tripAndRecover(client)
        try await self.operate(client)
        try await self.look(client)
        try await daemon.stop()
    }

    @Test("in the cached mode it mirrors, counts, and takes over the policies that operators set")
    func cached() async throws {
        struct Down: Error {}
        let daemon = try await RealDaemon(try #require(binary), mode: .cached)
        let client = daemon.client
        let breaker = client.breaker("payments")
        #expect(try await breaker.run { 1 } == 1)
        var policy = BreakerPolicy.only(\.consecutiveFailures, .at(3))
        policy.slowCall = .at(.milliseconds(100))
        policy.openFor = .seconds(10)
        try await client.policySet(match: "pay*", policy: policy)
        // A heartbeat tells that rules have changed; the policy is asked for before what follows.
        try await client.clockAdvance(.seconds(5))
        _ = try await client.ping()
        _ = try await client.ping()
        try await breaker.acquire().report(.success, duration: .milliseconds(100))
        try await self.eventually { try await client.get("payments").window.slow == 1 }
        for _ in 0..<3 { _ = try? await breaker.run { throw Down() } }
        // Successes that follow in the same batch do not hide the row.
        try await self.eventually { (try? await breaker.run { 1 }) == nil }
        await #expect(throws: BreakerOpen.self) { try await breaker.run { 1 } }
        let status = try await client.get("payments")
        #expect(status.lastTrip?.reason.rule == .consecutiveFailures)
        #expect(status.lastTrip?.reason.error == "Down")
        try await client.clockAdvance(.seconds(10))
        for _ in 0..<3 {
            try await self.eventually { (try? await breaker.run { 1 }) == 1 }
        }
        try await self.eventually { try await client.get("payments").state == .closed }
        try await daemon.stop()
    }

    private func eventually(_ holds: () async throws -> Bool) async throws {
        while try await !holds() { await Task.yield() }
    }

    private func tripAndRecover(_ client: BreakerClient) async throws {
        struct Down: Error {}
        var policy = BreakerPolicy()
        policy.consecutiveFailures = 2
        policy.openFor = .seconds(10)
        policy.probeSuccesses = 1
        let breaker = client.breaker("payments", policy: policy)
        for _ in 0..<2 {
            await #expect(throws: Down.self) { try await breaker.run { throw Down() } }
        }
        let refused = await #expect(throws: BreakerOpen.self) { try await breaker.run { 1 } }
        #expect(refused?.retryAfter == .seconds(10))
        let status = try await client.get("payments")
        #expect(status.lastTrip?.reason.rule == .consecutiveFailures)
        #expect(status.lastTrip?.reason.error == "Down")
        #expect(status.policy?.consecutiveFailures == .at(2))
        try await client.clockAdvance(.seconds(10))
        #expect(try await breaker.run { 1 } == 1)
        #expect(try await client.get("payments").state == .closed)
    }

    private func operate(_ client: BreakerClient) async throws {
        var events = client.watch(["orders"]).makeAsyncIterator()
        guard case .synced = try await events.next() else { throw Missing("synced") }
        let note = OperatorNote(actor: "ana", reason: "drill")
        try await client.trip("orders", for: .seconds(3), note: note)
        let reset = try await client.reset("orders", note: note)
        #expect(reset.state == .closed)
        let forced = try await client.override(
            "orders", .open, ttl: .seconds(60), ifGeneration: reset.generation)
        #expect(forced.state == .open)
        let conflict = await failure { () throws(BreakerError) in try await client.trip("orders") }
        #expect(conflict?.code == .conflict)
        #expect(try await client.get("orders").override?.expiresIn == .seconds(60))
        try await client.override("orders", .auto)
        guard case .state(let change)? = try await events.next() else { throw Missing("a state") }
        #expect(change.breaker == "orders")
        var policy = BreakerPolicy()
        policy.failureRate = .off
        let revision = try await client.policySet(match: "ord*", policy: policy, note: note)
        #expect(revision.matched == 1)
        #expect(try await client.policyGet("orders").sources["failure_rate"]?.match == "ord*")
        #expect(try await client.policyList().rules.first?.actor == "ana")
        _ = try await client.policyDelete(match: "ord*", ifRevision: revision.revision)
    }

    private func look(_ client: BreakerClient) async throws {
        var counts = CallCounts(breaker: "stock")
        counts.success = 3
        let receipt = try await client.reportBatch([counts], sequence: 1)
        #expect(receipt.results.map(\.breaker) == ["stock"])
        #expect(try await client.reportBatch([counts], sequence: 1).isDuplicate)
        try await client.report(CallReport(breaker: "stock", outcome: .success, duration: .milliseconds(3)))
        #expect(try await client.get("stock").totals.success == 4)
        #expect(try await client.acquire("stock").isAllowed)
        try await client.release("stock", permit: "1.1")
        try await client.declare("stock", policy: BreakerPolicy.only(\.minCalls, 7))
        var names: [String] = []
        for try await breaker in client.listAll() { names.append(breaker.breaker) }
        #expect(names == ["orders", "payments", "stock"])
        #expect(try await client.list(limit: 1).cursor != nil)
        #expect(try await client.history("orders").first?.kind == .override)
        let minute = try #require(try await client.minutes("stock").first)
        #expect((minute.calls.success, minute.at.unixMilliseconds % 60_000) == (4, 0))
        let summary = try await client.summary(match: "st*", limit: 1)
        #expect((summary.count, summary.calls.judged, summary.breakers.map(\.name)) == (1, 4, ["stock"]))
        #expect(try await client.sessions().contains { $0.isOwn && $0.clientName == "tests" })
        let stats = try await client.stats()
        #expect(stats.clock == "manual")
        #expect(stats.breakers.total == 3)
        let raw = try await client.request("get", [("breaker", .string("stock"))])
        #expect(raw.hasPrefix(#"{"ok":true,"breaker":"stock""#))
    }
}

extension BreakerPolicy {
    fileprivate static func only<Value>(
        _ field: WritableKeyPath<BreakerPolicy, Value>, _ value: Value
    ) -> BreakerPolicy {
        var policy = BreakerPolicy()
        policy[keyPath: field] = value
        return policy
    }
}
