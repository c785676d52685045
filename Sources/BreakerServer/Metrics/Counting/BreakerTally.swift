// How series stay monotonic while breakers come and go.
//
// A counter of one or of many breakers is what they have counted now plus a correction that is kept here: a
// breaker that joins takes off what it has counted before, one that leaves puts it on. Each call is so
// counted in one series, and nothing that has been shown is ever taken back. All arithmetic wraps, because a
// correction is less than 0 more often than not; only its sum with what there is means anything.

import BreakerCore

/// The corrections of one series' counters.
struct BreakerTally: Sendable {
    private(set) var totals = Totals()
    /// In whole milliseconds of the monotonic clock. A breaker that enters a state takes off the moment, one
    /// that leaves it puts it on; what is in a state now stands for the present moment.
    private(set) var milliseconds = PerState<Int64>(repeating: 0)
    /// Transitions, by the state they led to.
    private(set) var reached = PerState<UInt64>(repeating: 0)

    /// A breaker is counted here from now on.
    mutating func join(_ breaker: Breaker, at now: Int64) {
        self.totals.subtract(breaker.totals)
        self.milliseconds[breaker.state] -= now
    }

    /// A breaker is no longer counted here.
    mutating func leave(_ breaker: Breaker, at now: Int64) {
        self.totals.add(breaker.totals)
        self.milliseconds[breaker.state] += now
    }

    /// A breaker that is counted here changed its state.
    mutating func move(from: BreakerState, to: BreakerState, at now: Int64) {
        self.milliseconds[from] += now
        self.milliseconds[to] -= now
        self.reached[to] += 1
    }
}

extension Totals {
    /// Adds, modulo 2^64.
    mutating func add(_ other: Totals) {
        self.success &+= other.success
        self.failure &+= other.failure
        self.timeout &+= other.timeout
        self.ignored &+= other.ignored
        self.rejected &+= other.rejected
        self.late &+= other.late
        self.lostProbes &+= other.lostProbes
    }

    /// Subtracts, modulo 2^64.
    mutating func subtract(_ other: Totals) {
        self.success &-= other.success
        self.failure &-= other.failure
        self.timeout &-= other.timeout
        self.ignored &-= other.ignored
        self.rejected &-= other.rejected
        self.late &-= other.late
        self.lostProbes &-= other.lostProbes
    }

    /// Calls that anybody has told of: how busy a breaker is.
    var calls: UInt64 {
        self.success &+ self.failure &+ self.timeout &+ self.ignored &+ self.rejected &+ self.late
    }
}
