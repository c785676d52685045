import BreakerClient
import Synchronization

/// A guarded call whose end the vector says.
final class VectorCall: Sendable {
    enum Decision: Sendable {
        case allowed
        case refused(BreakerOpen)
        /// Cancelled while it was being decided.
        case cancelled
    }

    /// What the call throws where it is no success.
    private struct Failed: Error {
        let verdict: CallVerdict
    }

    private let decision: Box<Decision>
    private let ends: Inbox<CallVerdict>
    private let task: Task<Void, Never>

    init(_ breaker: Breaker) {
        let decision = Box<Decision>()
        let ends = Inbox<CallVerdict>()
        (self.decision, self.ends) = (decision, ends)
        self.task = Task {
            do {
                try await breaker.run(classify: VectorCall.classify) {
                    decision.set(.allowed)
                    try await VectorCall.body(ends)
                }
            } catch let error as BreakerOpen {
                decision.set(.refused(error))
            } catch is CancellationError {
                decision.set(.cancelled)
            } catch {}
        }
    }

    /// Nil: it is not decided yet.
    var decided: Decision? { self.decision.value }

    /// Returns when the outcome was counted.
    func end(_ verdict: CallVerdict) async {
        self.ends.put(verdict)
        await self.task.value
    }

    func cancel() async {
        self.task.cancel()
        await self.task.value
    }

    private static func classify(_ result: Result<Void, any Error>) -> CallVerdict? {
        guard case .failure(let error as Failed) = result else { return nil }
        return error.verdict
    }

    private static func body(_ ends: Inbox<CallVerdict>) async throws {
        let verdict = await withTaskCancellationHandler {
            await ends.next()
        } onCancel: {
            ends.close()
        }
        guard let verdict else { throw CancellationError() }
        if verdict.outcome != .success { throw Failed(verdict: verdict) }
    }
}

/// A value that is set once.
private final class Box<Value: Sendable>: Sendable {
    private let content = Mutex<Value?>(nil)

    var value: Value? { self.content.withLock { $0 } }

    /// Does nothing if it is set.
    func set(_ value: Value) { self.content.withLock { if $0 == nil { $0 = value } } }
}
