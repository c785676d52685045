import AsyncHTTPClient
import BreakerResponses
import GuardedHTTP
import HTTPTypes
import Hummingbird
import NIOHTTP1

/// The service that users see. It needs the upstream for `POST /checkout`.
struct Shop {
    let http: GuardedHTTPClient
    /// Where the upstream listens: `http://127.0.0.1:8080`.
    let upstream: String
    var timeout = Duration.seconds(2)

    /// What it serves.
    var router: Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: BreakerOpenMiddleware())
        router.post("/checkout") { _, _ in try await self.checkOut() }
        return router
    }

    /// - Throws: `BreakerOpen`, which the middleware answers.
    private func checkOut() async throws -> HTTPResponse.Status {
        var request = HTTPClientRequest(url: "\(self.upstream)/charge")
        request.method = .POST
        do {
            let response = try await self.http.execute(request, timeout: self.timeout)
            return response.status == .ok ? .ok : .badGateway
        } catch is HTTPClientError {
            return .gatewayTimeout
        }
    }
}
