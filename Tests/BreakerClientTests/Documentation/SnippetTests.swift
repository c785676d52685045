// The code of the articles and of the README, as it stands there. `ArticleTests` compares the two.

import BreakerClient
import Foundation
import Logging
import Metrics
import Testing
import Tracing

private struct Order: Sendable {}

private struct Receipt: Hashable, Sendable {}

private struct Page: Sendable { var isStale = false }

private struct InvalidQuery: Error {}

private struct Busy: Error { var wait = Duration.seconds(3) }

private struct Unavailable: Error { let retryAfter: Duration? }

private enum Answer: Sendable { case accepted, rejected }

/// A dependency with callbacks.
private struct CallbackConnection: Sendable {
    func send(_ order: Order, _ done: @escaping @Sendable (Answer) -> Void) { done(.accepted) }
}

private func pay(_ order: Order) async throws -> Receipt { Receipt() }
private func fetchPage(_ query: String) async throws -> Page { Page() }
private func suggestions(for query: String) async throws -> [String] { [query] }
private func otherRates(after error: any Error) async throws -> [String: Double] { throw error }
private func fetchRates() async throws -> [String: Double] { ["EUR": 1] }

@Suite("The code of the documentation compiles and runs:", .timeLimit(.minutes(1)))
struct SnippetTests {
    private let order = Order()
    private let query = "shoes"
    /// No daemon that happens to run here is to be told of these calls.
    private static let hasNoDaemon = setenv("BREAKERD_URL", "unix:/tmp/no-such-breakerd.sock", 1) == 0

    init() { #expect(SnippetTests.hasNoDaemon) }

    @Test("the first page")
    func landing() async throws {
        let order = self.order
        let client = try BreakerClient()
        let payments = client.breaker("payments")
        let receipt = try await payments.run(timeout: .seconds(2)) { try await pay(order) }
        #expect(receipt == Receipt())
        await client.shutdown()
    }

    @Test("the README")
    func readme() async throws {
        let order = self.order
        let client = try BreakerClient()
        let receipt = try await client.breaker("payments").run(timeout: .seconds(2)) {
            try await pay(order)
        }
        #expect(receipt == Receipt())
        await client.shutdown()
    }

    @Test("first steps")
    func firstSteps() async throws {
        var configuration = BreakerClient.Configuration()
        configuration.name = "shop"
        let client = try BreakerClient(configuration: configuration)
        var policy = BreakerPolicy()
        policy.failureRate = .at(0.3)
        policy.minCalls = 10
        policy.openFor = .seconds(15)
        let payments = client.breaker("payments", policy: policy)
        #expect(try await SnippetTests.charge(self.order, payments) == Receipt())
        await client.shutdown()
    }

    private static func charge(_ order: Order, _ payments: Breaker) async throws -> Receipt {
        do {
            return try await payments.run(timeout: .seconds(2)) { try await pay(order) }
        } catch let refusal as BreakerOpen {
            throw Unavailable(retryAfter: refusal.retryAfter)
        }
    }

    @Test("modes, metrics, log and traces are fields of the configuration")
    func configuration() {
        var configuration = BreakerClient.Configuration()
        configuration.mode = .strict
        configuration.onUnavailable = .deny
        configuration.metrics = MetricsSystem.factory
        configuration.logger = Logger(label: "breakers")
        configuration.tracer = InstrumentationSystem.tracer
        #expect(configuration.mode == .strict)
    }

    @Test("classification")
    func classification() async throws {
        let (client, query) = (try BreakerClient(), self.query)
        let catalog = client.breaker("catalog")
        let page = try await catalog.run(classify: { end in
            switch end {
            case .success(let page): page.isStale ? .failure : nil
            case .failure(is InvalidQuery): .ignored
            case .failure(let busy as Busy): CallVerdict(.failure, error: "Busy", retryAfter: busy.wait)
            case .failure: nil
            }
        }) {
            try await fetchPage(query)
        }
        #expect(!page.isStale)
        await client.shutdown()
    }

    @Test("fallbacks")
    func fallbacks() async throws {
        let (client, query) = (try BreakerClient(), self.query)
        let (catalog, exchange) = (client.breaker("catalog"), client.breaker("exchange"))
        let others = try await exchange.run(fallback: { error in try await otherRates(after: error) }) {
            try await fetchRates()
        }
        #expect(others == ["EUR": 1])
        let names = try await catalog.run(orElse: ["(no suggestions)"]) { try await suggestions(for: query) }
        #expect(names == ["shoes"])
        let rates = LastGood<[String: Double]>(maximumAge: .seconds(300))
        let today = try await exchange.run(orLastGood: rates, timeout: .seconds(1)) { try await fetchRates() }
        #expect(today == ["EUR": 1])
        await client.shutdown()
    }

    @Test("a refusal for the tests of those who handle it")
    func refusal() {
        let refusal = BreakerOpen(breaker: "payments", reason: .open, retryAfter: .seconds(3))
        #expect(refusal.retryAfter == .seconds(3))
    }

    @Test("a permit by hand")
    func permit() async throws {
        let (client, order) = (try BreakerClient(), self.order)
        let (payments, connection) = (client.breaker("payments"), CallbackConnection())
        let permit = try await payments.acquire()
        connection.send(order) { result in
            permit.report(result == .accepted ? .success : .failure)
        }
        await client.shutdown()
    }
}
