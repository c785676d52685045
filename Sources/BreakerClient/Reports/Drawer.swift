import BreakerCore
import DequeModule

/// What of one breaker waits to be told, the oldest first.
struct Drawer {
    let cell: BreakerCell
    private(set) var elements: Deque<ReportElement> = []

    init(cell: BreakerCell) { self.cell = cell }

    var oldest: ReportElement? { self.elements.first }
    var outcomes: Int { self.elements.reduce(0) { $0 + $1.outcomes } }

    /// Takes what was counted since. An element goes on for a tenth of the window, so that what is told late
    /// can still be told apart by its age.
    mutating func collect() {
        for element in self.cell.ledger.drain() {
            self.cell.observer.metrics?.count(element)
            if let last = self.elements.last, last.generation == element.generation, !last.isSealed,
                !element.isApart, element.began - last.began < self.span
            {
                self.elements[self.elements.count - 1].merge(element)
            } else {
                self.elements.append(element)
            }
        }
    }

    mutating func removeOldest() { self.elements.removeFirst() }

    mutating func remove(at index: Int) -> ReportElement { self.elements.remove(at: index) }

    /// Whether its calls would have left the window by now.
    func isStale(_ element: ReportElement, at now: Instant) -> Bool {
        switch self.cell.window {
        case .time(let length): now - element.last >= length
        case .count: false
        }
    }

    private var span: Interval {
        switch self.cell.window {
        case .time(let length): Interval(nanoseconds: length.nanoseconds / 10)
        case .count: Interval(nanoseconds: .max)
        }
    }
}
