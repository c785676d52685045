// The code of the article on testing and of the README, as it stands there. `ArticleTests` compares the two.

import BreakerClient
import BreakerClientTesting
import Testing

@Suite("The code of the documentation compiles and runs:", .timeLimit(.minutes(1)))
struct TestingSnippetTests {
    @Test("a daemon in the test's process")
    func daemon() async throws {
        let daemon = try await TestDaemon.start()
        let breaker = daemon.client().breaker("payments")
        try await daemon.trip("payments")
        await #expect(throws: BreakerOpen.self) { try await breaker.run { 1 } }
        await daemon.advance(by: .seconds(30))
        #expect(try await breaker.run { 1 } == 1)
        await daemon.stop()
    }

    @Test("a daemon that goes away")
    func away() async throws {
        let daemon = try await TestDaemon.start()
        let breaker = daemon.client().breaker("payments")
        await daemon.goAway()
        #expect(try await breaker.run { 1 } == 1)
        try await daemon.comeBack()
        await daemon.advance(by: .seconds(5))
        await daemon.stop()
    }

    @Test("no daemon at all")
    func none() async throws {
        let clock = ManualClock()
        var configuration = BreakerClient.Configuration()
        configuration.use(clock)
        let client = BreakerClient(endpoints: [], configuration: configuration)
        #expect(try await client.breaker("payments").run { 1 } == 1)
        await client.shutdown()
    }
}
