public import AsyncHTTPClient
public import BreakerClient
import Foundation
import NIOHTTP1

extension CallVerdict {
    /// How the end of a request is counted.
    ///
    /// | end | counted as |
    /// |---|---|
    /// | status 5xx or 429 | failure, with its `Retry-After` |
    /// | any other status | success: the dependency works, whatever it thinks of the request |
    /// | a deadline of the HTTP client | timeout |
    /// | cancelled, or a request that could not be sent as it is | ignored |
    /// | any other error | failure |
    ///
    /// `Retry-After` opens the breaker for as long where the policy has `honorRetryAfter`.
    public static func http(_ end: Result<HTTPClientResponse, any Error>) -> CallVerdict {
        switch end {
        case .success(let response): .http(response.status, response.headers, now: Date())
        case .failure(let error as HTTPClientError): .http(error)
        case .failure: .standard(end)
        }
    }

    static func http(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, now: Date) -> CallVerdict {
        guard status.code >= 500 || status == .tooManyRequests else { return .success }
        let wait = headers.first(name: "Retry-After").flatMap { RetryAfter.wait($0, now: now) }
        return CallVerdict(.failure, error: "HTTP \(status.code)", retryAfter: wait)
    }

    private static func http(_ error: HTTPClientError) -> CallVerdict {
        if timeouts.contains(error) { return CallVerdict(.timeout, error: error.shortDescription) }
        if callersOwn.contains(error) { return .ignored }
        return CallVerdict(.failure, error: error.shortDescription)
    }

    private static let timeouts: [HTTPClientError] = [
        .connectTimeout, .deadlineExceeded, .getConnectionFromPoolTimeout, .httpProxyHandshakeTimeout,
        .readTimeout, .socksHandshakeTimeout, .tlsHandshakeTimeout, .writeTimeout,
    ]

    /// They say nothing of the dependency.
    private static let callersOwn: [HTTPClientError] = [
        .alreadyShutdown, .bodyLengthMismatch, .cancelled, .contentLengthMissing, .emptyHost, .emptyScheme,
        .invalidURL, .missingSocketPath, .requestStreamCancelled, .traceRequestWithBody,
    ]
}
