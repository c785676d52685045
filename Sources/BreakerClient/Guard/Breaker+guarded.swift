extension Breaker {
    /// Admission, the call, its outcome, and the fallback around all of it.
    @inlinable
    @inline(__always)
    nonisolated(nonsending) func guarded<Value>(
        lease: Duration?, classify: Classifier<Value>?,
        fallback: (nonisolated(nonsending) (any Error) async throws -> Value)?,
        _ body: nonisolated(nonsending) () async throws -> Value
    ) async throws -> Value {
        if self.isTraced {
            return try await self.traced(lease: lease, classify: classify, fallback: fallback, body)
        }
        do {
            let admission = try await self.admission(lease: lease)
            do {
                let value = try await body()
                if let classify, let verdict = classify(.success(value)) {
                    self.settle(admission, verdict)
                } else {
                    self.succeed(admission)
                }
                return value
            } catch {
                self.fail(admission, error, classify?(.failure(error)))
                throw error
            }
        } catch {
            guard let fallback, !(error is CancellationError) else { throw error }
            return try await fallback(error)
        }
    }

    /// - Parameters:
    ///   - verdict: what the caller makes of it; nil: what it looks like.
    ///   - trace: gives the call's traceparent; nil: it is not traced.
    /// - Returns: as what it counts.
    @discardableResult
    @usableFromInline
    func fail(
        _ admission: Admission, _ error: any Error, _ verdict: CallVerdict?, trace: (() -> String?)? = nil
    ) -> CallVerdict {
        var verdict = verdict ?? CallVerdict.standard(error)
        if error is CancellationError, verdict.outcome == .ignored, admission.isProbe {
            self.giveBack(admission)
            return verdict
        }
        if verdict.error == nil { verdict.error = String(describing: type(of: error)) }
        self.settle(admission, verdict, trace: trace)
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
