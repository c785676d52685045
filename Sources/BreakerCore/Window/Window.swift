/// A breaker's window, of either shape.
///
/// Two members, exactly one of them set, instead of an enum: Swift cannot change an enum's payload in place,
/// and taking it out and putting it back would copy the buckets at every call.
package struct Window: Hashable, Sendable {
    package private(set) var time: TimeWindow?
    /// None or one. An array because it takes one word in every breaker, where the window itself would take
    /// ten, and few breakers count calls.
    private var boxedCount: [CountWindow] = []

    package init(_ shape: Policy.WindowShape) {
        switch shape {
        case .time(let length): self.init(time: TimeWindow(length: length))
        case .count(let calls): self.init(count: CountWindow(capacity: calls))
        }
    }

    package init(time: TimeWindow) {
        self.time = time
    }

    package init(count: CountWindow) {
        self.boxedCount = [count]
    }

    package var count: CountWindow? { self.boxedCount.first }

    package var isEmpty: Bool { self.time?.isEmpty ?? self.count?.isEmpty ?? true }

    /// What percentiles are kept by: a window as two halves.
    package enum Halves: Hashable, Sendable {
        /// Nanoseconds of one; above 0.
        case time(Int64)
        /// Calls of one; above 0.
        case count(Int32)
    }

    package var halves: Halves {
        if let time { return .time(time.bucketNanoseconds * Int64(TimeWindow.bucketCount / 2)) }
        return .count(Int32(max(1, self.boxedCount[0].capacity / 2)))
    }

    /// Whether its counts can stay when a policy asks for `shape`.
    package func has(_ shape: Policy.WindowShape) -> Bool {
        switch shape {
        case .time(let length): self.time?.bucketNanoseconds == TimeWindow(length: length).bucketNanoseconds
        case .count(let calls): self.count?.capacity == calls
        }
    }

    /// Whether both count over the same length or number of calls.
    package func hasShape(of other: Window) -> Bool {
        self.time?.bucketNanoseconds == other.time?.bucketNanoseconds
            && self.count?.capacity == other.count?.capacity
    }

    package mutating func add(_ entry: WindowEntry, from reporter: ReporterID, at now: Instant) {
        self.time?.add(entry, from: reporter, at: now)
        if !self.boxedCount.isEmpty { self.boxedCount[0].add(entry, from: reporter) }
    }

    package mutating func removeAll() {
        self.time?.removeAll()
        if !self.boxedCount.isEmpty { self.boxedCount[0].removeAll() }
    }

    /// Lets go of memory that only calls long past hold.
    package mutating func trim(at now: Instant) {
        self.time?.advance(to: now)
    }

    /// Makes this copy share no memory with any other, so that the next call counted in the other one need
    /// not move its counts elsewhere.
    package mutating func unshare() {
        self.time?.unshare()
    }

    package func counts(at now: Instant) -> WindowCounts {
        self.time?.counts(at: now) ?? self.count?.counts() ?? WindowCounts()
    }
}
