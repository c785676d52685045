// What applications call. It is inlined where it is called: specialised for the value and for the closures
// that are not given, a guarded call costs little more than its two looks at the clock.

extension Breaker {
    /// How a call's end is judged; nil: as `CallVerdict.standard` does.
    public typealias Classifier<Value> = (Result<Value, any Error>) -> CallVerdict?

    /// Makes a call if the breaker lets it pass, and says how it went.
    ///
    /// A cancelled call counts as ignored, and its probe goes back without a verdict. It runs where the
    /// caller runs, on the same actor.
    ///
    /// - Parameters:
    ///   - classify: how to count the end; nil, or a nil verdict: an error is a failure, a value a success.
    ///   - fallback: what to give instead when the call is refused or fails; it gets the error and may throw
    ///     it on. Not asked about a `CancellationError`.
    ///   - body: the call.
    /// - Throws: `BreakerOpen` if refused, `CancellationError` if cancelled while asking, and what `body`
    ///   throws.
    @inlinable
    nonisolated(nonsending) public func run<Value>(
        classify: Classifier<Value>? = nil,
        fallback: (nonisolated(nonsending) (any Error) async throws -> Value)? = nil,
        _ body: nonisolated(nonsending) () async throws -> Value
    ) async throws -> Value {
        try await self.guarded(lease: nil, classify: classify, fallback: fallback, body)
    }

    /// As `run(classify:fallback:_:)`, with a bound on how long the call may take.
    ///
    /// At the timeout `body`'s task is cancelled, and when it has returned `BreakerTimeout` is thrown
    /// whatever it returned: a body that ignores cancellation is waited for.
    ///
    /// - Parameters:
    ///   - timeout: above 0. A probe's lease is this and a second.
    ///   - classify: how to count the end, as there.
    ///   - fallback: what to give instead, as there.
    ///   - body: the call, which runs in a task of its own.
    /// - Throws: as there, and `BreakerTimeout`.
    nonisolated(nonsending) public func run<Value: Sendable>(
        timeout: Duration,
        classify: Classifier<Value>? = nil,
        fallback: (nonisolated(nonsending) (any Error) async throws -> Value)? = nil,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let name = self.name
        return try await self.guarded(lease: timeout + .seconds(1), classify: classify, fallback: fallback) {
            try await withTimeout(timeout, breaker: name, body)
        }
    }

    /// As `run(classify:fallback:_:)`; when the call is refused or fails, a value that is known beforehand.
    ///
    /// - Parameters:
    ///   - value: what to give instead.
    ///   - classify: how to count the end, as there.
    ///   - body: the call.
    /// - Throws: `CancellationError`.
    @inlinable
    nonisolated(nonsending) public func run<Value>(
        orElse value: Value,
        classify: Classifier<Value>? = nil,
        _ body: nonisolated(nonsending) () async throws -> Value
    ) async throws -> Value {
        try await self.guarded(lease: nil, classify: classify, fallback: { _ in value }, body)
    }

    /// The same with a bound on how long the call may take, as in `run(timeout:classify:fallback:_:)`.
    ///
    /// - Parameters:
    ///   - value: what to give instead.
    ///   - timeout: above 0.
    ///   - classify: how to count the end, as there.
    ///   - body: the call, which runs in a task of its own.
    /// - Throws: `CancellationError`.
    nonisolated(nonsending) public func run<Value: Sendable>(
        orElse value: Value,
        timeout: Duration,
        classify: Classifier<Value>? = nil,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await self.run(timeout: timeout, classify: classify, fallback: { _ in value }, body)
    }
}
