/// The last N calls, N at most 10,000, in a ring of two bytes a call.
///
/// Each call keeps its reporter's slot and two flags, so distinct reporters stay exact as calls leave. A
/// batch of any size costs at most N steps.
package struct CountWindow: Hashable, Sendable {
    package static let maximumCalls = 10_000
    private static let failureFlag: UInt16 = 1 << 14
    private static let slowFlag: UInt16 = 1 << 15
    private static let slotMask: UInt16 = (1 << 14) - 1

    private struct Slot: Hashable, Sendable {
        var reporter: ReporterID
        var calls: UInt16 = 0
        var failures: UInt16 = 0
        var slow: UInt16 = 0
    }

    /// N, 1…10,000.
    package let capacity: Int
    /// Grows with the first N calls, then is a ring whose oldest call is at `oldest`.
    private var ring: [UInt16] = []
    private var oldest = 0
    private var failures = 0
    private var slow = 0
    private var failingReporters = 0
    private var slowReporters = 0
    private var slots: [Slot] = []
    private var freeSlots: [UInt16] = []
    private var slotOf: [ReporterID: UInt16] = [:]

    package init(capacity: Int) {
        self.capacity = min(max(1, capacity), CountWindow.maximumCalls)
    }

    package var isEmpty: Bool { self.ring.isEmpty }

    /// The calls, oldest first, as they are saved.
    package var calls: [(reporter: ReporterID, failed: Bool, slow: Bool)] {
        self.ring.indices.map { index in
            let call = self.ring[(self.oldest + index) % self.ring.count]
            let slot = Int(call & CountWindow.slotMask)
            return (
                self.slots[slot].reporter, call & CountWindow.failureFlag != 0,
                call & CountWindow.slowFlag != 0
            )
        }
    }

    package mutating func removeAll() {
        self = CountWindow(capacity: self.capacity)
    }

    /// Enters a batch in the order that its tail tells: early failures, successes, trailing failures. Slow
    /// calls are laid on the successes first.
    package mutating func add(_ entry: WindowEntry, from reporter: ReporterID) {
        let trailing = min(entry.trailingFailures, entry.failures)
        var slowSuccesses = min(entry.slow, entry.successes)
        var slowFailures = entry.slow - slowSuccesses
        self.add(entry.failures - trailing, failed: true, slow: &slowFailures, from: reporter)
        self.add(entry.successes, failed: false, slow: &slowSuccesses, from: reporter)
        self.add(trailing, failed: true, slow: &slowFailures, from: reporter)
    }

    package mutating func add(failed: Bool, slow: Bool, from reporter: ReporterID) {
        if self.ring.count == self.capacity { self.leave(self.ring[self.oldest]) }
        let slot = self.slot(for: reporter)
        self.slots[Int(slot)].calls += 1
        var call = slot
        if failed {
            call |= CountWindow.failureFlag
            self.slots[Int(slot)].failures += 1
            self.failingReporters += self.slots[Int(slot)].failures == 1 ? 1 : 0
            self.failures += 1
        }
        if slow {
            call |= CountWindow.slowFlag
            self.slots[Int(slot)].slow += 1
            self.slowReporters += self.slots[Int(slot)].slow == 1 ? 1 : 0
            self.slow += 1
        }
        self.store(call)
    }

    package func counts() -> WindowCounts {
        var counts = WindowCounts()
        (counts.calls, counts.failures, counts.slow) = (self.ring.count, self.failures, self.slow)
        counts.reporters = self.slotOf.count
        counts.failingReporters = self.failingReporters
        counts.slowReporters = self.slowReporters
        return counts
    }

    private mutating func add(_ count: UInt32, failed: Bool, slow: inout UInt32, from reporter: ReporterID) {
        // Calls that later ones of the same run would push out again are not entered at all.
        let entering = min(count, UInt32(self.capacity))
        let skipped = count - entering
        slow -= min(slow, skipped)
        for _ in 0..<entering {
            self.add(failed: failed, slow: slow > 0, from: reporter)
            slow -= slow > 0 ? 1 : 0
        }
    }

    private mutating func store(_ call: UInt16) {
        if self.ring.count < self.capacity {
            self.ring.append(call)
        } else {
            self.ring[self.oldest] = call
            self.oldest = (self.oldest + 1) % self.capacity
        }
    }

    private mutating func leave(_ call: UInt16) {
        let slot = call & CountWindow.slotMask
        let index = Int(slot)
        self.slots[index].calls -= 1
        if call & CountWindow.failureFlag != 0 {
            self.slots[index].failures -= 1
            self.failingReporters -= self.slots[index].failures == 0 ? 1 : 0
            self.failures -= 1
        }
        if call & CountWindow.slowFlag != 0 {
            self.slots[index].slow -= 1
            self.slowReporters -= self.slots[index].slow == 0 ? 1 : 0
            self.slow -= 1
        }
        if self.slots[index].calls == 0 {
            self.slotOf[self.slots[index].reporter] = nil
            self.freeSlots.append(slot)
        }
    }

    private mutating func slot(for reporter: ReporterID) -> UInt16 {
        if let slot = self.slotOf[reporter] { return slot }
        let slot: UInt16
        if let free = self.freeSlots.popLast() {
            slot = free
            self.slots[Int(free)] = Slot(reporter: reporter)
        } else {
            slot = UInt16(self.slots.count)
            self.slots.append(Slot(reporter: reporter))
        }
        self.slotOf[reporter] = slot
        return slot
    }
}
