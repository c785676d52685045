import BreakerCore

/// Traces of the calls that lately troubled one breaker, for the trip that they may bring about. Kept beside
/// the breakers, since few calls are traced, and only as long as the generation that the calls count in.
struct RecentTraces: Sendable {
    private struct Call: Sendable {
        let trace: TraceID
        let at: Instant
        /// The number of the probe's permit; nil: it was no probe.
        let probe: UInt64?
    }

    private var generation: UInt64
    /// The oldest first.
    private var calls: [Call] = []

    init(generation: UInt64) {
        self.generation = generation
    }

    mutating func note(_ trace: TraceID, of generation: UInt64, probe: UInt64?, at now: Instant) {
        if self.generation != generation { self = RecentTraces(generation: generation) }
        self.calls.removeAll { $0.trace == trace }
        if self.calls.count >= TraceID.mostOfTrip { self.calls.removeFirst() }
        self.calls.append(Call(trace: trace, at: now, probe: probe))
    }

    /// Those behind a trip that ended `generation`, the latest first.
    func behind(
        _ reason: TripReason, ending generation: UInt64, window: Policy.WindowShape, at now: Instant
    ) -> [TraceID] {
        guard self.generation == generation else { return [] }
        return self.calls.reversed().filter { call in
            switch reason {
            case .failureRate, .slowCallRate, .consecutiveFailures, .retryAfter:
                call.probe == nil && window.mayHold(call.at, at: now)
            case .probeFailed(_, let permit, _, _), .probeExpired(let permit, _, _):
                call.probe == permit.number
            case .command: false
            }
        }.map(\.trace)
    }
}

extension Policy.WindowShape {
    fileprivate func mayHold(_ call: Instant, at now: Instant) -> Bool {
        switch self {
        case .time(let length): now - call <= length
        case .count: true
        }
    }
}
