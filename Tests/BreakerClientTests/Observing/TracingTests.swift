import BreakerClient
import BreakerWire
import InMemoryTracing
import Testing
import Tracing

private struct ConnectTimeout: Error {}

@Suite("With a tracer a guarded call", .timeLimit(.minutes(1)))
struct TracingTests {
    private let tracer = InMemoryTracer()

    private func cached(_ state: String? = CachedPair.closed) async throws -> CachedPair {
        try await CachedPair(state) { [tracer] in $0.tracer = tracer }
    }

    /// The span that has ended since the last look.
    private func finished() throws -> FinishedInMemorySpan {
        let spans = self.tracer.popFinishedSpans()
        try #require(spans.count == 1)
        return spans[0]
    }

    private func attributes(_ span: FinishedInMemorySpan) -> [String: String] {
        var values: [String: String] = [:]
        span.attributes.forEach { key, value in
            switch value {
            case .string(let text): values[key] = text
            case .int64(let number): values[key] = "\(number)"
            case .bool(let flag): values[key] = "\(flag)"
            default: values[key] = "?"
            }
        }
        return values
    }

    @Test("runs in a span that what it traces itself is in")
    func span() async throws {
        let pair = try await self.cached()
        let inner = try await pair.breaker.run {
            try self.tracer.withSpan("GET /") { try #require($0.parentSpanID) }
        }
        let spans = self.tracer.popFinishedSpans()
        #expect(spans.map(\.operationName) == ["GET /", "breaker payments"])
        #expect(spans[1].spanID == inner)
        #expect(spans[1].kind == .internal)
        #expect(spans[1].status == nil)
        #expect(
            self.attributes(spans[1]) == [
                "breaker.name": "payments", "breaker.verdict": "allowed", "breaker.decided_by": "fleet",
                "breaker.outcome": "success",
            ])
    }

    @Test("has failed in its span as it counts: the outcome, its name, the error")
    func failure() async throws {
        let pair = try await self.cached()
        await #expect(throws: ConnectTimeout.self) { try await pair.breaker.run { throw ConnectTimeout() } }
        let span = try self.finished()
        #expect(self.attributes(span)["breaker.outcome"] == "failure")
        #expect(self.attributes(span)["breaker.error"] == "ConnectTimeout")
        #expect(span.errors.map { $0.error is ConnectTimeout } == [true])
        #expect(span.status == SpanStatus(code: .error, message: "ConnectTimeout"))
        // Without a tracer or with one, it is counted the same.
        let batch = try await pair.connection.expect("report")
        #expect(batch.text.contains(#""failure":1"#) && batch.text.contains(#""error":"ConnectTimeout""#))
    }

    @Test(
        "that failed tells its trace, one that succeeded or is not recorded does not", .serialized,
        arguments: [1, 0])
    func traces(flags: Int) async throws {
        let pair = try await CachedPair(CachedPair.closed) { [tracer] in
            $0.tracer = W3CTracer(base: tracer, flags: flags)
        }
        _ = try await pair.breaker.run { 1 }
        for _ in 0..<2 {
            await #expect(throws: ConnectTimeout.self) {
                try await pair.breaker.run { throw ConnectTimeout() }
            }
        }
        let spans = self.tracer.popFinishedSpans().map(\.spanID)
        let failed = spans.dropFirst().map { W3CTracer.traceparent(of: $0, flags) }
        // In one batch or, if the first was already on its way, in two: the other goes once that is answered
        // and the client has waited for more.
        var (failures, told): (Int, [String]) = (0, [])
        while failures < failed.count {
            let batch = try await pair.connection.expect("report")
            pair.connection.reply(batch, #""results":[]"#)
            await pair.advance(by: .seconds(1))
            failures +=
                batch.text.contains(#""failure":2"#) ? 2 : batch.text.contains(#""failure":1"#) ? 1 : 0
            told += batch.text.matches(of: /00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/).map {
                String($0.output)
            }
        }
        #expect(told == (flags == 1 ? failed : []))
    }

    @Test("whose value counts as a failure has failed, though nothing was thrown")
    func classified() async throws {
        let pair = try await self.cached()
        #expect(try await pair.breaker.run(classify: { _ in .timeout }) { 7 } == 7)
        let span = try self.finished()
        #expect(span.status == SpanStatus(code: .error, message: "timeout"))
        #expect(span.errors.isEmpty)
    }

    @Test("that says nothing of the dependency has not failed")
    func ignored() async throws {
        let pair = try await self.cached()
        _ = try? await pair.breaker.run(classify: { _ in .ignored }) { throw ConnectTimeout() }
        let span = try self.finished()
        #expect(self.attributes(span)["breaker.outcome"] == "ignored")
        #expect(span.status == nil)
    }

    @Test("that is refused says so, why, and for how long, and is no error")
    func refused() async throws {
        let pair = try await self.cached(CachedPair.open)
        await #expect(throws: BreakerOpen.self) { try await pair.breaker.run { 1 } }
        let span = try self.finished()
        let attributes = self.attributes(span)
        #expect(attributes["breaker.verdict"] == "refused")
        #expect(attributes["breaker.reason"] == "open")
        let wait = try #require(attributes["breaker.retry_after_ms"].flatMap { Int($0) })
        #expect((3_000...3_300).contains(wait))
        #expect(attributes["breaker.outcome"] == nil)
        #expect(span.events.map(\.name) == ["breaker.refused"])
        #expect(span.errors.isEmpty)
        #expect(span.status == SpanStatus(code: .error, message: "refused: open"))
    }

    @Test("notes a fallback that gave a value, and has then not failed")
    func fallback() async throws {
        let pair = try await self.cached(CachedPair.open)
        #expect(try await pair.breaker.run(fallback: { _ in 2 }) { 1 } == 2)
        let span = try self.finished()
        #expect(self.attributes(span)["breaker.fallback"] == "true")
        #expect(span.status == nil)
        await #expect(throws: ConnectTimeout.self) {
            try await pair.breaker.run(fallback: { _ in throw ConnectTimeout() }) { 1 }
        }
        let failed = try self.finished()
        #expect(self.attributes(failed)["breaker.fallback"] == nil)
        #expect(failed.status?.code == .error)
    }

    @Test("is a probe, and is decided by this process, where it is so")
    func verdicts() async throws {
        let pair = try await self.cached(CachedPair.halfOpen)
        async let probed = pair.breaker.run { 1 }
        pair.connection.reply(
            try await pair.connection.expect("acquire"),
            #""allowed":true,"state":"half_open","generation":42,"permit":"42.1","lease_ms":3000"#)
        _ = try await probed
        let probe = self.attributes(try self.finished())
        #expect([probe["breaker.verdict"], probe["breaker.decided_by"]] == ["probe", "fleet"])
        #expect(try await pair.connection.expect("report")["permit"] == "42.1")
        #expect(try await pair.client.breaker("no spaces").run { 1 } == 1)
        #expect(self.attributes(try self.finished())["breaker.decided_by"] == "process")
    }

    @Test("with a timeout, and with a last good value, runs in one span too")
    func otherForms() async throws {
        let pair = try await self.cached()
        #expect(try await pair.breaker.run(timeout: .seconds(60)) { 1 } == 1)
        _ = try self.finished()
        let last = LastGood<Int>(maximumAge: .seconds(1))
        #expect(try await pair.breaker.run(orLastGood: last) { 2 } == 2)
        #expect(try await pair.breaker.run(orLastGood: last) { throw ConnectTimeout() } == 2)
        #expect(self.tracer.popFinishedSpans().count == 2)
    }

    @Test("that is cancelled while it asks has no outcome, and its span ends")
    func cancelled() async throws {
        let pair = try await self.cached(CachedPair.halfOpen)
        let call = Task { try await pair.breaker.run { 1 } }
        _ = try await pair.connection.expect("acquire")
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        let span = try self.finished()
        #expect(self.attributes(span) == ["breaker.name": "payments"])
        #expect(span.status == nil)
    }
}

/// Writes traces as most tracers do.
private struct W3CTracer: Tracer {
    let base: InMemoryTracer
    let flags: Int

    static func traceparent(of span: String, _ flags: Int) -> String {
        let digits = span.utf8.reduce(UInt64(1)) { ($0 &* 31) &+ UInt64($1) }
        let id = String(digits, radix: 16)
        let padded = String(repeating: "0", count: 16 - id.count) + id
        return "00-\(padded)\(padded)-\(padded)-0\(flags)"
    }

    func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> InMemorySpan {
        self.base.startSpan(
            operationName, context: context(), ofKind: kind, at: instant(), function: function, file: fileID,
            line: line)
    }

    func forceFlush() {}

    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let span = context.inMemorySpanContext?.spanID else { return }
        injector.inject(
            W3CTracer.traceparent(of: span, self.flags), forKey: "traceparent", into: &carrier)
    }

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {}
}
