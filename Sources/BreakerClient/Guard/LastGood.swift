import BreakerCore
import Synchronization

/// The last value that a guarded call gave, to give again while calls fail or are refused.
///
///     let rates = LastGood<Rates>(maximumAge: .seconds(300))
///     let today = try await breaker.run(orLastGood: rates) { try await fetchRates() }
///
/// One holder is for one kind of call; it is safe to use from any task.
public final class LastGood<Value: Sendable>: Sendable {
    private struct Kept {
        let value: Value
        let since: Instant
    }

    private let maximumAge: Interval
    private let kept = Mutex<Kept?>(nil)

    /// - Parameter maximumAge: how old a value may be and still be given.
    public init(maximumAge: Duration) { self.maximumAge = Interval(maximumAge) }

    func remember(_ value: Value, at now: Instant) {
        self.kept.withLock { $0 = Kept(value: value, since: now) }
    }

    func value(at now: Instant) -> Value? {
        self.kept.withLock { kept in
            guard let kept, now - kept.since <= self.maximumAge else { return nil }
            return kept.value
        }
    }
}

extension Breaker {
    /// As `run(classify:fallback:_:)`; when the call is refused or fails, the last good value instead.
    ///
    /// - Parameters:
    ///   - lastGood: keeps what was counted as a success.
    ///   - timeout: as in `run(timeout:classify:fallback:_:)`; nil: none.
    ///   - classify: as in `run(classify:fallback:_:)`.
    ///   - body: the call.
    /// - Throws: the call's own error, or `BreakerOpen`, where there is no value young enough;
    ///   `CancellationError`.
    nonisolated(nonsending) public func run<Value: Sendable>(
        orLastGood lastGood: LastGood<Value>, timeout: Duration? = nil, classify: Classifier<Value>? = nil,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let (name, clock) = (self.name, self.clock)
        return try await self.guarded(
            lease: timeout.map { $0 + .seconds(1) },
            classify: { result in
                let verdict = classify?(result) ?? CallVerdict.standard(result)
                if verdict.outcome == .success, case .success(let value) = result {
                    lastGood.remember(value, at: clock.now)
                }
                return verdict
            },
            fallback: { error in
                guard let value = lastGood.value(at: clock.now) else { throw error }
                return value
            }
        ) {
            guard let timeout else { return try await body() }
            return try await withTimeout(timeout, breaker: name, body)
        }
    }
}
