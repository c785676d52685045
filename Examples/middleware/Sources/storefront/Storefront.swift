// Shows both parts at work: a shop, the upstream it needs, and what its users see while the upstream fails.
// Needs no daemon: the breaker of this process decides while there is none.

import AsyncHTTPClient
import BreakerClient
import GuardedHTTP
import HTTPTypes
import NIOCore
import NIOHTTP1

@main
struct Storefront {
    static func main() async throws {
        let client = try BreakerClient()
        let upstream = Upstream()
        try await withServer(upstream.router) { upstreamURL in
            Storefront.wish(client, for: upstreamURL)
            let shop = Shop(http: GuardedHTTPClient(.shared, breakers: client), upstream: upstreamURL)
            try await withServer(shop.router) { url in
                try await Storefront(upstream: upstream, url: "\(url)/checkout").show()
            }
        }
        await client.shutdown()
    }

    /// Three failures in a row open the breaker, for a second; one good probe closes it.
    private static func wish(_ client: BreakerClient, for url: String) {
        var policy = BreakerPolicy()
        policy.consecutiveFailures = .at(3)
        policy.openFor = .seconds(1)
        policy.probeSuccesses = 1
        if let name = GuardedHTTPClient.byHost(HTTPClientRequest(url: url)) {
            _ = client.breaker(name, policy: policy)
        }
    }

    private let upstream: Upstream
    private let url: String

    private func show() async throws {
        try await self.checkOut(3, "the upstream works")
        self.upstream.behave(.fails(.internalServerError))
        try await self.checkOut(6, "the upstream fails")
        self.upstream.behave(.works)
        try await self.checkOut(1, "the upstream works again")
        try await Task.sleep(for: .milliseconds(1_200))
        try await self.checkOut(3, "a second later")
    }

    /// Sends `count` users to the checkout and prints what they get.
    private func checkOut(_ count: Int, _ what: String) async throws {
        let before = self.upstream.calls
        print("\(what):")
        for _ in 0..<count {
            var request = HTTPClientRequest(url: self.url)
            request.method = .POST
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(5))
            let body = try await response.body.collect(upTo: 4_096)
            let wait = response.headers.first(name: "Retry-After").map { ", Retry-After: \($0), " } ?? ""
            print("  \(response.status.code)\(wait)\(String(buffer: body))")
        }
        print("  calls that the upstream saw: \(self.upstream.calls - before) of \(count)\n")
    }
}
