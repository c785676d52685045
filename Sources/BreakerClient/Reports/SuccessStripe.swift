import BreakerCore
import Synchronization

/// The successes that some of the threads have counted.
final class SuccessStripe: Sendable {
    struct Counts: Sendable {
        var generation: UInt64
        var calls: UInt32 = 0
        var duration = Interval.zero
        var began: Instant
        var last: Instant

        init(_ call: CallLedger.Call) {
            (self.generation, self.began, self.last) = (call.generation, call.end, call.end)
            self.add(call)
        }

        mutating func add(_ call: CallLedger.Call) {
            self.calls += 1
            self.duration.nanoseconds &+= call.duration.nanoseconds
            if call.end > self.last { self.last = call.end }
        }
    }

    enum Counting {
        case counted(LinkSignals.Urgency)
        /// The call is of another generation than those before, which are given out.
        case closed(Counts)
    }

    private let limit: UInt32
    private let counts = Mutex<Counts?>(nil)

    /// - Parameter limit: at so many calls the stripe asks to be emptied.
    init(limit: UInt32) { self.limit = limit }

    func count(_ call: CallLedger.Call) -> Counting {
        self.counts.withLock { counts in
            guard let generation = counts?.generation else {
                counts = Counts(call)
                return .counted(.soon)
            }
            guard generation == call.generation else {
                defer { counts = Counts(call) }
                return counts.map { .closed($0) } ?? .counted(.soon)
            }
            counts?.add(call)
            return .counted((counts?.calls ?? 0) >= self.limit ? .atOnce : .none)
        }
    }

    /// When its last success ended; nil: it holds none.
    var last: Instant? { self.counts.withLock { $0?.last } }

    func take() -> Counts? {
        self.counts.withLock { counts in
            defer { counts = nil }
            return counts
        }
    }
}
