import NIOCore

/// The requests of one connection that are under way. Each has a slot, whose number is the id on the wire: a
/// reply is matched by it alone, in whatever order replies come.
struct LoadSlots: Sendable {
    struct Request: Sendable {
        let operation: LoadOperation
        /// When it was sent; in an open loop, when it was due.
        let started: NIODeadline
    }

    private var requests: [Request?]
    private var free: [Int]

    /// - Parameter count: the pipeline's depth.
    init(count: Int) {
        self.requests = Array(repeating: nil, count: count)
        self.free = Array((0..<count).reversed())
    }

    var isFull: Bool { self.free.isEmpty }

    /// Those that are under way.
    var underWay: some Sequence<Request> { self.requests.lazy.compactMap { $0 } }

    /// Takes a slot; there must be a free one.
    mutating func begin(_ operation: LoadOperation, at time: NIODeadline) -> Int {
        let slot = self.free.removeLast()
        self.requests[slot] = Request(operation: operation, started: time)
        return slot
    }

    /// Frees the slot. Nil for one that has no request under way: nobody asked.
    mutating func end(_ slot: Int) -> Request? {
        guard self.requests.indices.contains(slot), let request = self.requests[slot] else { return nil }
        self.requests[slot] = nil
        self.free.append(slot)
        return request
    }
}
