import Synchronization

extension Breaker {
    /// Asks for one call, to be ended by the caller: for code that `run` cannot enclose.
    ///
    /// - Parameter lease: how long a probe may take, at most 5 min; nil: as the policy says.
    /// - Throws: `BreakerOpen` if refused, `CancellationError` if cancelled.
    nonisolated(nonsending) public func acquire(lease: Duration? = nil) async throws -> Permit {
        Permit(breaker: self, admission: try await self.admission(lease: lease))
    }

    /// The leave to make one call. It ends once: by the first `report` or `release`, else when it is dropped.
    public final class Permit: Sendable {
        private let breaker: Breaker
        private let admission: Admission
        private let hasEnded = Atomic(false)

        init(breaker: Breaker, admission: Admission) {
            self.breaker = breaker
            self.admission = admission
        }

        /// Whether this call decides if the breaker closes.
        public var isProbe: Bool { self.admission.isProbe }

        /// Says how the call went, without waiting. Does nothing if the permit has ended.
        ///
        /// - Parameters:
        ///   - verdict: as what the call counts.
        ///   - duration: how long the call took; nil: since the permit was given.
        public func report(_ verdict: CallVerdict, duration: Duration? = nil) {
            guard self.end() else { return }
            self.breaker.settle(self.admission, verdict, duration: duration)
        }

        /// The call was not made: a probe's slot is free for another. Does nothing if the permit has ended.
        public func release() {
            guard self.end() else { return }
            self.breaker.giveBack(self.admission)
        }

        deinit {
            self.release()
        }

        private func end() -> Bool { !self.hasEnded.exchange(true, ordering: .relaxed) }
    }
}
