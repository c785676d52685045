import BreakerCore
import Tracing

/// The attributes of a guarded call's span. Names are added to, never renamed.
package enum CallSpanKey: String, CaseIterable, Sendable {
    case name = "breaker.name"
    case verdict = "breaker.verdict"
    case decidedBy = "breaker.decided_by"
    case reason = "breaker.reason"
    case retryAfter = "breaker.retry_after_ms"
    case outcome = "breaker.outcome"
    case error = "breaker.error"
    case fallback = "breaker.fallback"
}

/// What is noted of one guarded call in its span.
struct CallSpan<Wrapped: Span> {
    /// The flag of a trace that is recorded.
    private static var sampled: UInt8 { 1 }

    let span: Wrapped

    /// A span of `breaker`'s, which is to be ended.
    init(_ span: Wrapped, breaker: String) {
        self.span = span
        self.set([(.name, .string(breaker))])
    }

    /// As W3C Trace Context writes it, where the tracer does so and the trace is kept.
    func traceparent(by tracer: some Tracer) -> String? {
        var headers: [String: String] = [:]
        tracer.inject(self.span.context, into: &headers, using: HeaderInjector())
        guard let text = headers["traceparent"], TraceID(traceparent: text) != nil,
            let flags = UInt8(text.suffix(2), radix: 16), flags & CallSpan.sampled != 0
        else { return nil }
        return text
    }

    /// The call may be made.
    func admitted(_ admission: Admission) {
        let decidedBy =
            switch admission.ticket?.admitter {
            case nil, .daemon: "fleet"
            case .local: "process"
            case .nobody: "nobody"
            }
        self.set([
            (.verdict, .string(admission.isProbe ? "probe" : "allowed")), (.decidedBy, .string(decidedBy)),
        ])
    }

    /// The call must not be made. Nothing went wrong in it: an event, no error.
    func refused(_ refusal: BreakerOpen) {
        self.span.addEvent("breaker.refused")
        var attributes: [(CallSpanKey, SpanAttribute)] = [
            (.verdict, .string("refused")), (.reason, .string(refusal.reason.rawValue)),
        ]
        if let wait = refusal.retryAfter {
            attributes.append((.retryAfter, .int64(Int64(wait.milliseconds.rounded(.up)))))
        }
        self.set(attributes)
    }

    /// The call was made, and counts as this.
    ///
    /// - Parameter error: what it threw.
    func ended(_ verdict: CallVerdict, throwing error: (any Error)? = nil) {
        var attributes: [(CallSpanKey, SpanAttribute)] = [(.outcome, .string(verdict.outcome.rawValue))]
        if let name = verdict.bounded.error { attributes.append((.error, .string(name))) }
        self.set(attributes)
        if let error { self.span.recordError(error) }
    }

    /// The fallback gave a value.
    func fellBack() { self.set([(.fallback, .bool(true))]) }

    /// The caller gets nothing of use.
    func failed(_ problem: String) { self.span.setStatus(SpanStatus(code: .error, message: problem)) }

    private func set(_ values: [(CallSpanKey, SpanAttribute)]) {
        self.span.updateAttributes { attributes in
            for (key, value) in values { attributes[key.rawValue] = value }
        }
    }
}

private struct HeaderInjector: Injector {
    func inject(_ value: String, forKey key: String, into headers: inout [String: String]) {
        headers[key.lowercased()] = value
    }
}
