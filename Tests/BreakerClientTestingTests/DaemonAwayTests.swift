import BreakerClient
import BreakerClientTesting
import Testing

@Suite("While the test daemon is away", .timeLimit(.minutes(1)))
struct DaemonAwayTests {
    @Test("a breaker of the process's own decides, and what it counted is told afterwards")
    func local() async throws {
        let daemon = try await TestDaemon.start(policies: ["*": .tripsAt(2)])
        let shop = Shop(payments: Shop.Payments(), breaker: daemon.client().breaker("payments"))
        await daemon.settle()
        #expect(await shop.order() == "paid")
        await daemon.advance(by: .milliseconds(100))
        await daemon.goAway()
        #expect(await shop.order() == "paid")
        await shop.payments.fail()
        await daemon.advance(by: .milliseconds(10))
        for _ in 0..<2 { #expect(await shop.order() == "failed") }
        #expect(await shop.order() == "refused: open")
        await #expect(throws: BreakerError.self) { try await daemon.state(of: "payments") }

        try await daemon.comeBack()
        await daemon.advance(by: .seconds(5))
        #expect(try await daemon.state(of: "payments") == .open)
        #expect(try await daemon.status(of: "payments").totals.failure == 2)
        #expect(await shop.order() == "refused: open")
        await daemon.stop()
    }

    @Test("an open breaker stays open until its time is over")
    func open() async throws {
        let daemon = try await TestDaemon.start()
        let shop = Shop(payments: Shop.Payments(), breaker: daemon.client().breaker("payments"))
        await daemon.settle()
        try await daemon.trip("payments", for: .seconds(20))
        await daemon.goAway()
        #expect(await shop.order() == "refused: open")
        await daemon.advance(by: .milliseconds(19_999))
        #expect(await shop.order() == "refused: open")
        await daemon.advance(by: .milliseconds(1))
        #expect(await shop.order() == "paid")
        await daemon.stop()
    }

    @Test("calls are refused where the application has chosen so")
    func deny() async throws {
        let daemon = try await TestDaemon.start()
        let client = daemon.client { $0.onUnavailable = .deny }
        let shop = Shop(payments: Shop.Payments(), breaker: client.breaker("payments"))
        await daemon.settle()
        #expect(await shop.order() == "paid")
        await daemon.goAway()
        #expect(await shop.order() == "refused: unavailable")
        try await daemon.comeBack()
        await daemon.advance(by: .seconds(5))
        #expect(await shop.order() == "paid")
        await daemon.stop()
    }

    @Test("a client without any daemon takes its time from a manual clock of its own")
    func clock() async throws {
        let clock = ManualClock()
        var configuration = BreakerClient.Configuration()
        configuration.use(clock)
        let client = BreakerClient(
            endpoints: [.unix(path: "/tmp/no-such-breakerd.sock")], configuration: configuration)
        let shop = Shop(payments: Shop.Payments(), breaker: client.breaker("payments", policy: .tripsAt(1)))
        await shop.payments.fail()
        // Before the first attempt to connect has failed it may be waited for.
        #expect(await shop.order() == "failed")
        #expect(await shop.order() == "refused: open")
        await clock.advance(by: .seconds(60))
        #expect(await shop.order() == "failed")
        #expect(clock.elapsed == .seconds(60))
    }
}
