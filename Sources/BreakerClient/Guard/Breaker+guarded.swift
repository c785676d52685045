extension Breaker {
    /// Admission, the call, its outcome, and the fallback around all of it.
    ///
    /// What a call of a closed breaker passes through is kept free of further async functions and of values
    /// that depend on `Value`: each would cost more than the decision does.
    @inline(__always)
    func guarded<Value>(
        lease: Duration?, classify: Classifier<Value>?,
        fallback: ((any Error) async throws -> Value)?,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Value
    ) async throws -> Value {
        // Tracing: the one place where a call takes the path with a span.
        if let tracer = self.client.tracer {
            return try await self.traced(
                by: tracer, lease: lease, classify: classify, fallback: fallback, body)
        }
        do {
            let admission =
                if let atOnce = self.admitAtOnce() { atOnce } else { try await self.admit(lease: lease) }
            do {
                let value = try await body()
                if let classify, let verdict = classify(.success(value)) {
                    self.settle(admission, verdict)
                } else {
                    self.succeed(admission)
                }
                return value
            } catch {
                self.settle(admission, failed: error, classify?(.failure(error)))
                throw error
            }
        } catch let error where !(error is CancellationError) {
            guard let fallback else { throw error }
            return try await fallback(error)
        }
    }

    /// - Parameter verdict: what the caller makes of it; nil: what it looks like.
    /// - Returns: as what it counts.
    @discardableResult
    func settle(_ admission: Admission, failed error: any Error, _ verdict: CallVerdict?) -> CallVerdict {
        var verdict = verdict ?? CallVerdict.standard(error)
        if error is CancellationError, verdict.outcome == .ignored, admission.isProbe {
            self.giveBack(admission)
            return verdict
        }
        if verdict.error == nil { verdict.error = String(describing: type(of: error)) }
        self.settle(admission, verdict)
        return verdict
    }
}

/// Runs `body`, cancels it at the timeout, and waits for it to return.
func withTimeout<Value: Sendable>(
    _ timeout: Duration, breaker: String, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: TimedEnd<Value>.self) { group in
        group.addTask { .value(try await body()) }
        group.addTask {
            do { try await Task.sleep(for: timeout) } catch { return .cancelled }
            return .timeout
        }
        defer { group.cancelAll() }
        // The first to end decides. A cancelled caller cancels both; then the body says how it ended.
        while let end = try await group.next() {
            switch end {
            case .value(let value): return value
            case .timeout: throw BreakerTimeout(breaker: breaker, timeout: timeout)
            case .cancelled: continue
            }
        }
        throw CancellationError()
    }
}

private enum TimedEnd<Value: Sendable>: Sendable {
    case value(Value)
    case timeout
    /// The wait was given up with the whole call.
    case cancelled
}
