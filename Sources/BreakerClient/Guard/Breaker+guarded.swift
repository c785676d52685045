extension Breaker {
    /// Admission, the call, its outcome, and the fallback around all of it.
    func guarded<Value>(
        lease: Duration?, classify: Classifier<Value>?,
        fallback: ((any Error) async throws -> Value)?,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            let admission = try await self.admit(lease: lease)
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
        if verdict.outcome == .failure || verdict.outcome == .timeout {
            if verdict.error == nil, case .failure(let error) = result { verdict.error = errorName(error) }
            verdict.error = verdict.error.flatMap(printable)
        } else {
            (verdict.error, verdict.retryAfter) = (nil, nil)
        }
        self.settle(admission, verdict, duration: admission.age)
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
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: timeout)
            return nil
        }
        defer { group.cancelAll() }
        // The first to end decides; a cancelled caller ends both, and the body says how.
        guard let first = try await group.next(), let value = first else {
            throw BreakerTimeout(breaker: breaker, timeout: timeout)
        }
        return value
    }
}

/// The error's type, short: "ConnectTimeout".
private func errorName(_ error: any Error) -> String { String(describing: type(of: error)) }

/// At most 64 bytes of what is printable in ASCII; nil if nothing is.
func printable(_ text: String) -> String? {
    let bytes = text.utf8.lazy.filter { (0x20...0x7E).contains($0) }.prefix(64)
    return bytes.isEmpty ? nil : String(decoding: Array(bytes), as: UTF8.self)
}
