import BreakerCore
import Synchronization

/// What some of the threads have counted of the two frequent ends: calls that went well, and calls that the
/// mirror refused.
final class Stripe: Sendable {
    /// What was taken out.
    struct Counts: Sendable {
        var successes: Successes?
        var refusals: Refusals.Counts?
    }

    private struct State {
        var successes: Successes?
        var refusals = Refusals()
    }

    private let state = Mutex(State())

    /// Counts a call that went well; nil: those before are of another generation and must be taken first.
    ///
    /// - Returns: how many the stripe holds now.
    func count(_ call: CallLedger.Call) -> UInt32? {
        self.state.withLock { state in
            guard let generation = state.successes?.generation else {
                state.successes = Successes(call)
                return 1
            }
            guard generation == call.generation else { return nil }
            state.successes?.add(call)
            return state.successes?.calls
        }
    }

    /// Counts a refused call; nil: the stripe does not know the period, or it is over.
    func refuse(during period: UInt64, at now: Instant) -> (error: any Error, calls: Int)? {
        self.state.withLock { $0.refusals.refuse(during: period, at: now) }
    }

    /// Remembers a period; what was counted during the one before is given out.
    func begin(_ period: OpenPeriod) -> Refusals.Counts? {
        self.state.withLock { $0.refusals.begin(period) }
    }

    /// When its last success ended; nil: it holds none.
    var lastSuccess: Instant? { self.state.withLock { $0.successes?.last } }

    func take() -> Counts {
        self.state.withLock { state in
            defer { state.successes = nil }
            return Counts(successes: state.successes, refusals: state.refusals.take())
        }
    }
}

/// Calls under one generation that went well and were not slow.
struct Successes: Sendable {
    let generation: UInt64
    private(set) var calls: UInt32 = 0
    private(set) var duration = Interval.zero
    private(set) var durations = DurationCounts()
    let began: Instant
    private(set) var last: Instant

    init(_ call: CallLedger.Call) {
        (self.generation, self.began, self.last) = (call.generation, call.end, call.end)
        self.add(call)
    }

    mutating func add(_ call: CallLedger.Call) {
        self.calls += 1
        self.duration.nanoseconds &+= call.duration.nanoseconds
        self.durations.add(call.duration)
        if call.end > self.last { self.last = call.end }
    }
}
