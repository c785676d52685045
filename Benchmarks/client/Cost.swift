import Glibc

/// What a loop has cost its thread.
struct Cost {
    let nanoseconds: Int64
    /// Nil: nobody counts them.
    let allocations: UInt64?
}

/// Where a loop began. It must end on the same thread, or its allocations are not known.
struct Beginning {
    private let instant = ContinuousClock.now
    private let allocations = Allocations.ofThisThread
    private let thread = pthread_self()

    var cost: Cost {
        let (seconds, attoseconds) = (ContinuousClock.now - self.instant).components
        let isSameThread = pthread_equal(self.thread, pthread_self()) != 0
        let now = isSameThread ? Allocations.ofThisThread : nil
        return Cost(
            nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000,
            allocations: now.flatMap { now in self.allocations.map { now - $0 } })
    }
}

/// The count that the preloaded `allocations.c` keeps.
private enum Allocations {
    private typealias Reader = @convention(c) () -> UInt64

    private static let reader: Reader? = dlsym(nil, "allocations_of_this_thread").map {
        unsafeBitCast($0, to: Reader.self)
    }

    static var ofThisThread: UInt64? { self.reader?() }
}
