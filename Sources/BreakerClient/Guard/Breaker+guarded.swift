extension Breaker {
    /// Admission, the call, its outcome, and the fallback around all of it.
    func guarded<Value>(
        lease: Duration?, classify: Classifier<Value>?,
        fallback: ((any Error) async throws -> Value)?,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            let admission = try await self.admission(lease: lease)
            let result = await capture(body)
            self.settle(admission, as: result, classify: classify)
            return try result.get()
        } catch let error where !(error is CancellationError) {
            guard let fallback else { throw error }
            return try await fallback(error)
        }
    }

    private func settle<Value>(
        _ admission: Admission, as result: Result<Value, any Error>, classify: Classifier<Value>?
    ) {
        var verdict = classify?(result) ?? CallVerdict.standard(result)
        if case .failure(is CancellationError) = result, verdict.outcome == .ignored, admission.isProbe {
            self.giveBack(admission)
            return
        }
        if verdict.error == nil, case .failure(let error) = result {
            verdict.error = String(describing: type(of: error))
        }
        self.settle(admission, verdict)
    }
}

/// What `body` gave or threw.
private func capture<Value>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
) async -> Result<Value, any Error> {
    do { return .success(try await body()) } catch { return .failure(error) }
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
