// A guarded call within a span: the same steps as without one, each noted. They stand here once more, so that
// the path without a tracer pays for one branch and no more.

import Tracing

extension Breaker {
    /// As `guarded`, within a span of the client's tracer.
    @usableFromInline
    nonisolated(nonsending) func traced<Value>(
        lease: Duration?, classify: Classifier<Value>?,
        fallback: (nonisolated(nonsending) (any Error) async throws -> Value)?,
        _ body: nonisolated(nonsending) () async throws -> Value
    ) async throws -> Value {
        guard let tracer = self.client.tracer else { preconditionFailure("nobody traces this breaker") }
        return try await self.traced(
            by: tracer, lease: lease, classify: classify, fallback: fallback, body)
    }

    private nonisolated(nonsending) func traced<Value, Traces: Tracer>(
        by tracer: Traces, lease: Duration?, classify: Classifier<Value>?,
        fallback: (nonisolated(nonsending) (any Error) async throws -> Value)?,
        _ body: nonisolated(nonsending) () async throws -> Value
    ) async throws -> Value {
        let call = CallSpan(tracer.startSpan("breaker \(self.name)"), breaker: self.name)
        defer { call.span.end() }
        return try await InstrumentationContext.$current.withValue(call.span.context) {
            let end = await self.made(call, by: tracer, lease: lease, classify: classify, body)
            do {
                guard case .failure(let error) = end.result, let fallback, !(error is CancellationError)
                else { return try end.result.get() }
                let value = try await fallback(error)
                call.fellBack()
                return value
            } catch {
                if let problem = end.problem { call.failed(problem) }
                throw error
            }
        }
    }

    /// Admission, the call, its outcome.
    private nonisolated(nonsending) func made<Value, Traces: Tracer>(
        _ call: CallSpan<Traces.Span>, by tracer: Traces, lease: Duration?, classify: Classifier<Value>?,
        _ body: nonisolated(nonsending) () async throws -> Value
    ) async -> TracedEnd<Value> {
        let admission: Admission
        do { admission = try await self.admission(lease: lease) } catch {
            guard let refusal = error as? BreakerOpen else { return TracedEnd(result: .failure(error)) }
            call.refused(refusal)
            return TracedEnd(result: .failure(refusal), problem: "refused: \(refusal.reason)")
        }
        call.admitted(admission)
        do {
            let value = try await body()
            let verdict = classify?(.success(value)) ?? .success
            self.settle(admission, verdict, trace: { call.traceparent(by: tracer) })
            call.ended(verdict)
            let problem = TracedEnd<Value>.problem(verdict)
            if let problem { call.failed(problem) }
            return TracedEnd(result: .success(value), problem: problem)
        } catch {
            let verdict = self.fail(
                admission, error, classify?(.failure(error)), trace: { call.traceparent(by: tracer) })
            call.ended(verdict, throwing: error)
            return TracedEnd(result: .failure(error), problem: TracedEnd<Value>.problem(verdict))
        }
    }
}

/// How a traced call ended.
private struct TracedEnd<Value> {
    let result: Result<Value, any Error>
    /// What the span's status is to say; nil: nothing went wrong.
    var problem: String?

    static func problem(_ verdict: CallVerdict) -> String? {
        switch verdict.outcome {
        case .success, .ignored: nil
        case .failure, .timeout: verdict.bounded.error ?? verdict.outcome.rawValue
        }
    }
}
