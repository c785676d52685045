import Glibc

/// What a loop has cost its thread.
struct Cost {
    let nanoseconds: Int64
    /// Nil: nobody counts them.
    let allocations: UInt64?

    /// Allocations a turn.
    func allocations(_ turns: Int) -> Double? { self.allocations.map { Double($0) / Double(turns) } }
}

/// Where a loop began. It must end on the same thread, or its allocations are not known.
struct Beginning {
    private let instant = ContinuousClock.now
    private let allocations = Counters.allocationsOfThisThread
    private let thread = pthread_self()

    var cost: Cost {
        let (seconds, attoseconds) = (ContinuousClock.now - self.instant).components
        let isSameThread = pthread_equal(self.thread, pthread_self()) != 0
        let now = isSameThread ? Counters.allocationsOfThisThread : nil
        return Cost(
            nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000,
            allocations: now.flatMap { now in self.allocations.map { now - $0 } })
    }
}
