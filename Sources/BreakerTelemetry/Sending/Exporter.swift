import AsyncHTTPClient
import BreakerGzip
import Logging
import NIOCore
import NIOHTTP1

/// Sends requests of one signal, again and again while the receiver cannot take them.
struct Exporter: Sendable {
    /// After the first failure; doubled at each further one, up to the longest.
    private static let firstPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(30)
    /// Of an answer that is read.
    private static let mostAnswerBytes = 65_536
    /// What the protocol names as worth another try.
    private static let retryable: Set<UInt> = [429, 502, 503, 504]

    let name: String
    let signal: TelemetrySettings.Signal
    let client: HTTPClient
    let logger: Logger
    let health = ExportHealth()

    /// Whether the receiver has it. Where it has not by `deadline`, or says that it never will, it is
    /// dropped.
    func send(
        _ request: some OTLPRequest, of resource: [TelemetrySettings.Attribute],
        until deadline: ContinuousClock.Instant
    ) async -> Bool {
        let plain = request.body(resource, as: self.signal.encoding)
        let body = self.signal.isCompressed ? Gzip.whole(plain) : plain
        var pause = Exporter.firstPause
        while true {
            switch await self.attempt(body, until: deadline) {
            case .taken:
                if self.health.recovered() {
                    self.logger.notice("telemetry_recovered", metadata: ["signal": "\(self.name)"])
                }
                return true
            case .refused(let cause):
                self.failed(cause)
                return false
            case .unavailable(let cause, let asked):
                self.failed(cause)
                // Spread, so that a fleet's daemons do not come back together.
                let wait = asked ?? pause * Double.random(in: 0.8...1.2)
                guard !Task.isCancelled, .now + wait < deadline,
                    (try? await Task.sleep(for: wait)) != nil
                else { return false }
                pause = min(pause * 2, Exporter.longestPause)
            }
        }
    }

    private enum Outcome {
        case taken
        /// For good.
        case refused(String)
        case unavailable(String, retryAfter: Duration?)
    }

    private func attempt(_ body: ByteBuffer, until deadline: ContinuousClock.Instant) async -> Outcome {
        var request = HTTPClientRequest(url: self.signal.url)
        request.method = .POST
        for header in self.signal.headers { request.headers.add(name: header.name, value: header.value) }
        request.headers.replaceOrAdd(name: "Content-Type", value: self.signal.encoding.contentType)
        request.headers.replaceOrAdd(name: "User-Agent", value: "breakerd")
        request.body = .bytes(body)
        if self.signal.isCompressed { request.headers.replaceOrAdd(name: "Content-Encoding", value: "gzip") }
        do {
            let left = max(.zero, min(self.signal.timeout, deadline - .now))
            let timeout = TimeAmount.nanoseconds(Int64(left / .nanoseconds(1)))
            let response = try await self.client.execute(request, timeout: timeout)
            _ = try? await response.body.collect(upTo: Exporter.mostAnswerBytes)
            let code = response.status.code
            if (200..<300).contains(code) { return .taken }
            let asked = response.headers.first(name: "Retry-After").flatMap(Int.init)
            return Exporter.retryable.contains(code)
                ? .unavailable("status \(code)", retryAfter: asked.map { .seconds(min(max($0, 1), 300)) })
                : .refused("status \(code)")
        } catch {
            return .unavailable("\(error)", retryAfter: nil)
        }
    }

    /// Said once, until it works again.
    private func failed(_ cause: String) {
        guard self.health.failed() else { return }
        self.logger.warning(
            "telemetry_failing", metadata: ["signal": "\(self.name)", "cause": "\(cause)"])
    }
}
