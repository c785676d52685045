import BreakerClient
import BreakerClientTesting
import Testing

@Suite("With a test daemon", .timeLimit(.minutes(1)))
struct TestDaemonTests {
    @Test("a breaker trips, refuses, and recovers by a probe, without a second of waiting")
    func tripAndRecover() async throws {
        let daemon = try await TestDaemon.start(policies: ["pay*": .tripsAt(3)])
        let shop = Shop(payments: Shop.Payments(), breaker: daemon.client().breaker("payments"))
        await daemon.settle()
        #expect(await shop.order() == "paid")
        await shop.payments.fail()
        for _ in 0..<3 { #expect(await shop.order() == "failed") }
        await daemon.advance(by: .milliseconds(100))
        #expect(try await daemon.state(of: "payments") == .open)
        #expect(await shop.order() == "refused: open")
        #expect(await shop.payments.calls == 4)
        let trip = try await daemon.status(of: "payments").lastTrip
        #expect(trip?.reason.rule == .consecutiveFailures)
        #expect(trip?.reason.error == "PaymentsDown")

        await daemon.advance(by: .seconds(30))
        #expect(try await daemon.state(of: "payments") == .halfOpen)
        await shop.payments.recover()
        #expect(await shop.order() == "paid")
        #expect(try await daemon.state(of: "payments") == .closed)
        #expect(daemon.clock.elapsed == .milliseconds(30_100))
        await daemon.stop()
    }

    @Test("a probe that fails opens the breaker again, for longer")
    func failingProbe() async throws {
        let daemon = try await TestDaemon.start(policies: ["*": .tripsAt(1)])
        let shop = Shop(payments: Shop.Payments(), breaker: daemon.client().breaker("payments"))
        await shop.payments.fail()
        try await daemon.trip("payments", for: .seconds(10))
        await daemon.advance(by: .seconds(10))
        #expect(await shop.order() == "failed")
        await daemon.settle()
        #expect(await shop.order() == "refused: open")
        await daemon.advance(by: .seconds(59))
        #expect(await shop.order() == "refused: open")
        await daemon.advance(by: .seconds(1))
        #expect(try await daemon.state(of: "payments") == .halfOpen)
        await daemon.stop()
    }

    @Test("an operator's commands are in force for the next call")
    func operating() async throws {
        let daemon = try await TestDaemon.start()
        let shop = Shop(payments: Shop.Payments(), breaker: daemon.client().breaker("payments"))
        try await daemon.override("payments", .open, ttl: .seconds(60))
        #expect(await shop.order() == "refused: forced_open")
        try await daemon.override("payments", .auto)
        try await daemon.reset("payments")
        #expect(await shop.order() == "paid")
        try await daemon.set(.tripsAt(1), for: "payments")
        await shop.payments.fail()
        #expect(await shop.order() == "failed")
        await daemon.settle()
        #expect(await shop.order() == "refused: open")
        await #expect(throws: BreakerError.self) { try await daemon.status(of: "stock") }
        await daemon.stop()
    }

    @Test("a call that is refused gets its fallback")
    func fallback() async throws {
        let daemon = try await TestDaemon.start()
        let breaker = daemon.client().breaker("payments")
        try await daemon.trip("payments")
        let value = try await breaker.run(fallback: { _ in "later" }) { "now" }
        #expect(value == "later")
        await daemon.stop()
    }

    @Test("what was counted stands in the totals after a tenth of a second")
    func totals() async throws {
        let daemon = try await TestDaemon.start()
        let breaker = daemon.client().breaker("payments")
        await daemon.settle()
        for _ in 0..<50 { _ = try await breaker.run { 1 } }
        await daemon.advance(by: .milliseconds(100))
        let status = try await daemon.status(of: "payments")
        #expect(status.totals.success == 50)
        #expect(status.window.calls == 50)
        await daemon.stop()
    }

    @Test("two clients are a fleet: what one has seen the other is spared")
    func fleet() async throws {
        let daemon = try await TestDaemon.start(policies: ["payments": .tripsAt(2)])
        let payments = Shop.Payments()
        let one = Shop(payments: payments, breaker: daemon.client().breaker("payments"))
        let other = Shop(payments: payments, breaker: daemon.client().breaker("payments"))
        await daemon.settle()
        await payments.fail()
        #expect(await one.order() == "failed")
        #expect(await other.order() == "failed")
        await daemon.settle()
        #expect(await one.order() == "refused: open")
        #expect(await other.order() == "refused: open")
        #expect(await payments.calls == 2)
        await daemon.stop()
    }

    @Test("a client in the strict mode asks before each call")
    func strict() async throws {
        let daemon = try await TestDaemon.start()
        let shop = Shop(
            payments: Shop.Payments(), breaker: daemon.client(mode: .strict).breaker("payments"))
        #expect(await shop.order() == "paid")
        #expect(try await daemon.status(of: "payments").totals.success == 1)
        try await daemon.trip("payments")
        #expect(await shop.order() == "refused: open")
        #expect(try await daemon.status(of: "payments").totals.rejected == 1)
        await daemon.stop()
    }

    @Test("a daemon that was not stopped is in nobody's way, and one that was may be stopped again")
    func dropped() async throws {
        var daemon = try await TestDaemon.start()
        _ = try await daemon.client().breaker("payments").run { 1 }
        daemon = try await TestDaemon.start()
        #expect(try await daemon.client().breaker("payments").run { 2 } == 2)
        await daemon.stop()
        await daemon.stop()
    }

    @Test("a policy out of range keeps it from starting, and the error names the field")
    func badPolicy() async throws {
        var policy = BreakerPolicy()
        policy.openFor = .zero
        let error = await #expect(throws: BreakerError.self) {
            try await TestDaemon.start(policies: ["*": policy])
        }
        #expect(error?.field == "policy.open_for")
    }

    @Test("many run side by side, and none knows of another")
    func sideBySide() async throws {
        try await withThrowingTaskGroup(of: BreakerState.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let daemon = try await TestDaemon.start()
                    _ = try await daemon.client().breaker("payments").run { 1 }
                    let state = try await daemon.state(of: "payments")
                    try await daemon.trip("payments")
                    await daemon.stop()
                    return state
                }
            }
            for try await state in group { #expect(state == .closed) }
        }
    }
}
