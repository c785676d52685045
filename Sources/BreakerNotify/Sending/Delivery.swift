import AsyncHTTPClient
import BreakerServer
import Crypto
import NIOCore
import NIOHTTP1

/// Makes one attempt to deliver a message.
struct Delivery: Sendable {
    enum Outcome {
        case taken
        /// For good.
        case refused(String)
        case unavailable(String, retryAfter: Duration?)
        /// The daemon stops.
        case cancelled
    }

    private static let timeout = TimeAmount.seconds(10)
    /// Of an answer that is read.
    private static let mostAnswerBytes = 65_536
    private static let retryable: Set<UInt> = [408, 425, 429]

    let settings: NotifierSettings
    let client: HTTPClient

    func attempt(_ body: ByteBuffer, key: String, wallMilliseconds: Int64) async -> Outcome {
        var request = HTTPClientRequest(url: self.settings.url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "User-Agent", value: "breakerd/\(DaemonVersion.text)")
        request.headers.add(name: "Idempotency-Key", value: key)
        if let secret = self.settings.secret {
            let signature = Delivery.signature(
                of: body.readableBytesView, secret: secret, seconds: wallMilliseconds / 1_000)
            request.headers.add(name: "X-Breakerd-Signature", value: signature)
        }
        request.body = .bytes(body)
        do {
            let response = try await self.client.execute(request, timeout: Delivery.timeout)
            _ = try? await response.body.collect(upTo: Delivery.mostAnswerBytes)
            let code = response.status.code
            if (200..<300).contains(code) { return .taken }
            guard code >= 500 || Delivery.retryable.contains(code) else { return .refused("status \(code)") }
            let asked = response.headers.first(name: "Retry-After").flatMap(Int.init)
            return .unavailable(
                "status \(code)", retryAfter: asked.map { .seconds(min(max($0, 1), 3_600)) })
        } catch {
            if Task.isCancelled { return .cancelled }
            return .unavailable("\(error)", retryAfter: nil)
        }
    }

    /// HMAC-SHA-256 over the time as well, so that an old message cannot be sent again by somebody else (the
    /// form is Stripe's).
    static func signature(of body: ByteBufferView, secret: String, seconds: Int64) -> String {
        var code = HMAC<SHA256>(key: SymmetricKey(data: Array(secret.utf8)))
        code.update(data: Array("\(seconds).".utf8))
        body.withUnsafeBytes { code.update(data: $0) }
        let digits = code.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        return "t=\(seconds),v1=\(digits.joined())"
    }
}
