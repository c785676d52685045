// The whole way over real sockets: a user, the shop, the upstream that fails on command. There is no daemon;
// the breaker of this process decides.

import AsyncHTTPClient
import BreakerClient
import BreakerResponses
import GuardedHTTP
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import storefront

@Suite("A shop whose upstream fails", .timeLimit(.minutes(1)))
struct StorefrontTests {
    /// Serves the upstream and lets `body` shop.
    ///
    /// - Parameter openFor: how long the breaker stays open after two failures in a row.
    private func shop(
        openFor: Duration = .seconds(60), timeout: Duration = .seconds(20),
        _ body: @escaping @Sendable (Upstream, any TestClientProtocol) async throws -> Void
    ) async throws {
        let upstream = Upstream()
        var policy = BreakerPolicy()
        policy.consecutiveFailures = .at(2)
        policy.openFor = openFor
        policy.probeSuccesses = 1
        policy.honorRetryAfter = true
        let client = BreakerClient(endpoints: [.unix(path: "/tmp/no-such-breakerd.sock")])
        _ = client.breaker("upstream", policy: policy)
        try await withServer(upstream.router) { url in
            let http = GuardedHTTPClient(.shared, breakers: client) { _ in "upstream" }
            let shop = Shop(http: http, upstream: url, timeout: timeout)
            // The upstream must not hang when the test is over.
            defer { upstream.behave(.works) }
            try await Application(router: shop.router).test(.live) { try await body(upstream, $0) }
        }
        await client.shutdown()
    }

    private static func checkOut(_ user: any TestClientProtocol) async throws -> TestResponse {
        try await user.execute(uri: "/checkout", method: .post) { $0 }
    }

    @Test("passes its errors on, then answers at once, and tells users no more than when to come back")
    func refuses() async throws {
        try await self.shop { (upstream, user) async throws in
            #expect(try await Self.checkOut(user).status == .ok)
            upstream.behave(.fails(.internalServerError))
            for _ in 0..<2 { #expect(try await Self.checkOut(user).status == .badGateway) }
            let answer = try await Self.checkOut(user)
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.headers[.contentType] == "application/problem+json")
            let wait = try #require(answer.headers[.retryAfter].flatMap { Int($0) })
            #expect((55...66).contains(wait))
            let body = String(buffer: answer.body)
            #expect(body.contains(#""type":"about:blank","title":"Service Unavailable","status":503"#))
            #expect(!body.contains("upstream") && !body.contains("500"))
            #expect(upstream.calls == 3)
        }
    }

    @Test("comes back by itself once the upstream works")
    func recovers() async throws {
        try await self.shop(openFor: .milliseconds(50)) { (upstream, user) async throws in
            upstream.behave(.fails(.badGateway))
            for _ in 0..<2 { _ = try await Self.checkOut(user) }
            #expect(try await Self.checkOut(user).status == .serviceUnavailable)
            upstream.behave(.works)
            while try await Self.checkOut(user).status != .ok { await Task.yield() }
        }
    }

    @Test("waits as long as the upstream asks it to, whether with 503 or 429", arguments: [503, 429])
    func honoursRetryAfter(status: Int) async throws {
        try await self.shop { (upstream, user) async throws in
            upstream.behave(.fails(HTTPResponse.Status(code: status), retryAfter: "30"))
            #expect(try await Self.checkOut(user).status == .badGateway)
            let wait = try await Self.checkOut(user).headers[.retryAfter].flatMap { Int($0) }
            #expect((28...33).contains(try #require(wait)))
        }
    }

    @Test("is not stopped by what the upstream thinks of its requests")
    func clientErrors() async throws {
        try await self.shop { (upstream, user) async throws in
            upstream.behave(.fails(.unprocessableContent))
            for _ in 0..<4 { #expect(try await Self.checkOut(user).status == .badGateway) }
            #expect(upstream.calls == 4)
        }
    }

    @Test("does not wait for an upstream that hangs, and then not even for the timeout")
    func timeouts() async throws {
        try await self.shop(timeout: .milliseconds(100)) { (upstream, user) async throws in
            upstream.behave(.hangs)
            for _ in 0..<2 { #expect(try await Self.checkOut(user).status == .gatewayTimeout) }
            #expect(try await Self.checkOut(user).status == .serviceUnavailable)
            #expect(upstream.calls == 2)
        }
    }
}

@Suite("A refusal as a response")
struct BreakerOpenResponseTests {
    @Test("rounds the wait up to whole seconds, and leaves it out where nobody knows it")
    func wait() {
        let waits: [(Duration?, String?)] = [
            (.zero, "1"), (.milliseconds(1), "1"), (.seconds(2), "2"), (.milliseconds(2_001), "3"),
            (nil, nil),
        ]
        for (wait, header) in waits {
            let refusal = BreakerOpen(breaker: "payments", reason: .open, retryAfter: wait)
            #expect(Response(refusal).headers[.retryAfter] == header)
        }
    }

    @Test("takes the place of no other error")
    func otherErrors() async throws {
        let router = Router()
        router.add(middleware: BreakerOpenMiddleware())
        router.get("/teapot") { _, _ -> HTTPResponse.Status in throw HTTPError(.unprocessableContent) }
        try await Application(router: router).test(.router) { user in
            let answer = try await user.execute(uri: "/teapot", method: .get) { $0 }
            #expect(answer.status == .unprocessableContent)
        }
    }
}
