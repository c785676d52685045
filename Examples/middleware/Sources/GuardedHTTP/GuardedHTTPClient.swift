public import AsyncHTTPClient
public import BreakerClient
import Foundation
import NIOCore

/// An HTTP client whose requests each pass the breaker of whom they go to.
///
///     let http = GuardedHTTPClient(.shared, breakers: client)
///     let response = try await http.execute(HTTPClientRequest(url: "https://pay.example/charge"))
///
/// What counts as a failure: `CallVerdict.http(_:)`. A response with the status of a failure is returned like
/// any other.
public struct GuardedHTTPClient: Sendable {
    /// The name of the breaker that guards a request; nil: none does.
    ///
    /// Give as many names as there are dependencies, not as there are requests: a guard is kept for each name
    /// that was ever used.
    public typealias Naming = @Sendable (HTTPClientRequest) -> String?

    private let http: HTTPClient
    private let breakers: BreakerClient
    private let naming: Naming

    /// - Parameters:
    ///   - http: makes the requests; whoever made it shuts it down.
    ///   - breakers: the same for the whole process.
    ///   - naming: by host and port unless something else is given.
    public init(
        _ http: HTTPClient, breakers: BreakerClient, naming: @escaping Naming = GuardedHTTPClient.byHost
    ) {
        self.http = http
        self.breakers = breakers
        self.naming = naming
    }

    /// Makes a request if its breaker lets it pass, and says how it went.
    ///
    /// - Parameter timeout: for the whole request up to the head of the response. What fails later, while the
    ///   body is read, the breaker does not see.
    /// - Throws: `BreakerOpen` if refused, `CancellationError`, and what `HTTPClient.execute` throws.
    public func execute(
        _ request: HTTPClientRequest, timeout: Duration = .seconds(10)
    ) async throws -> HTTPClientResponse {
        let timeout = TimeAmount(timeout)
        guard let name = self.naming(request) else {
            return try await self.http.execute(request, timeout: timeout)
        }
        return try await self.breakers.breaker(name).run(classify: { CallVerdict.http($0) }) {
            try await self.http.execute(request, timeout: timeout)
        }
    }

    /// `pay.example`, `127.0.0.1:8080`: the host in lower case, and the port where the URL names one.
    public static let byHost: Naming = { request in
        guard let url = URLComponents(string: request.url), let host = url.host, !host.isEmpty else {
            return nil
        }
        // The brackets of an IPv6 address are not of a breaker's alphabet.
        let name = host.lowercased().filter { $0 != "[" && $0 != "]" }
        return url.port.map { "\(name):\($0)" } ?? name
    }
}
