import AsyncHTTPClient
import BreakerClient
import Foundation
import NIOHTTP1
import Testing

@testable import GuardedHTTP

@Suite("The end of a request")
struct HTTPVerdictTests {
    private func verdict(_ status: Int, retryAfter: String? = nil) -> CallVerdict {
        let headers = HTTPHeaders(retryAfter.map { [("Retry-After", $0)] } ?? [])
        return .http(HTTPResponseStatus(statusCode: status), headers, now: Date(timeIntervalSince1970: 0))
    }

    @Test(
        "is a failure with status 5xx or 429, and its Retry-After is told", arguments: [429, 500, 503, 599])
    func failures(status: Int) {
        #expect(self.verdict(status) == CallVerdict(.failure, error: "HTTP \(status)"))
        #expect(self.verdict(status, retryAfter: "7").retryAfter == .seconds(7))
        let date = "Thu, 01 Jan 1970 00:00:09 GMT"
        #expect(self.verdict(status, retryAfter: date).retryAfter == .seconds(9))
    }

    @Test("is a success with any other status", arguments: [200, 204, 304, 400, 401, 404, 408, 422])
    func successes(status: Int) {
        #expect(self.verdict(status, retryAfter: "7") == .success)
    }

    @Test("is a timeout where a deadline of the HTTP client ended it")
    func timeouts() {
        let end = Result<HTTPClientResponse, any Error>.failure(HTTPClientError.readTimeout)
        #expect(CallVerdict.http(end).outcome == .timeout)
    }

    @Test("says nothing where the caller gave up or could not be understood")
    func ignored() {
        for error in [HTTPClientError.cancelled, .invalidURL, .emptyHost] {
            #expect(CallVerdict.http(.failure(error)) == .ignored)
        }
        #expect(CallVerdict.http(.failure(CancellationError())) == .ignored)
    }

    @Test("is a failure with any other error, named")
    func errors() {
        struct Refused: Error {}
        #expect(CallVerdict.http(.failure(HTTPClientError.remoteConnectionClosed)).outcome == .failure)
        #expect(CallVerdict.http(.failure(HTTPClientError.remoteConnectionClosed)).error != nil)
        #expect(CallVerdict.http(.failure(Refused())) == .failure)
    }

    @Test(
        "belongs to the breaker of its host",
        arguments: [
            ("https://Pay.Example/charge?x=1", "pay.example"), ("http://127.0.0.1:8080/", "127.0.0.1:8080"),
            ("http://[::1]:8080/", "::1:8080"), ("/charge", nil), ("", nil),
        ])
    func names(url: String, name: String?) {
        #expect(GuardedHTTPClient.byHost(HTTPClientRequest(url: url)) == name)
    }
}
