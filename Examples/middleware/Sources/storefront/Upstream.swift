import HTTPTypes
import Hummingbird
import Synchronization

/// A dependency that works, or fails, as it is told.
final class Upstream: Sendable {
    /// What it does with a request.
    enum Behaviour: Sendable {
        case works
        /// Answers with this status, and `Retry-After` where one is given.
        case fails(HTTPResponse.Status, retryAfter: String? = nil)
        /// Answers once it is told to do something else.
        case hangs
    }

    private struct State {
        var behaviour = Behaviour.works
        var calls = 0
    }

    private let state = Mutex(State())

    /// Requests that have reached it.
    var calls: Int { self.state.withLock { $0.calls } }

    /// From the next request on.
    func behave(_ behaviour: Behaviour) { self.state.withLock { $0.behaviour = behaviour } }

    /// What it serves: `POST /charge`.
    var router: Router<BasicRequestContext> {
        let router = Router()
        router.post("/charge") { _, _ in try await self.charge() }
        return router
    }

    private func charge() async throws -> Response {
        self.state.withLock { $0.calls += 1 }
        while case .hangs = self.behaviour { try await Task.sleep(for: .milliseconds(5)) }
        switch self.behaviour {
        case .works, .hangs: return Response(status: .ok)
        case .fails(let status, let retryAfter):
            var headers = HTTPFields()
            headers[.retryAfter] = retryAfter
            return Response(status: status, headers: headers)
        }
    }

    private var behaviour: Behaviour { self.state.withLock { $0.behaviour } }
}
