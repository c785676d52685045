import BreakerWire
import Synchronization

/// How many of the hot requests were answered.
struct HotCounts: Sendable {
    var acquire = 0
    var report = 0
    var release = 0
    var ping = 0

    var total: Int { self.acquire + self.report + self.release + self.ping }

    subscript(operation: Operation) -> Int {
        switch operation {
        case .acquire: self.acquire
        case .report: self.report
        case .release: self.release
        case .ping: self.ping
        case _: 0
        }
    }

    static func += (sum: inout HotCounts, counts: HotCounts) {
        sum.acquire += counts.acquire
        sum.report += counts.report
        sum.release += counts.release
        sum.ping += counts.ping
    }
}

/// One connection's own `HotCounts`, which others may read at any time.
///
/// Only the connection's event loop adds to them, so an addition needs no atomic exchange, which on a counter
/// that all connections share would be most of what counting costs.
struct SharedHotCounts: ~Copyable, Sendable {
    private let acquire = Atomic<Int>(0)
    private let report = Atomic<Int>(0)
    private let release = Atomic<Int>(0)
    private let ping = Atomic<Int>(0)

    var current: HotCounts {
        HotCounts(
            acquire: self.acquire.load(ordering: .relaxed), report: self.report.load(ordering: .relaxed),
            release: self.release.load(ordering: .relaxed), ping: self.ping.load(ordering: .relaxed))
    }

    /// On the connection's event loop only.
    func add(_ counts: HotCounts) {
        let sum = self.current
        self.acquire.store(sum.acquire + counts.acquire, ordering: .relaxed)
        self.report.store(sum.report + counts.report, ordering: .relaxed)
        self.release.store(sum.release + counts.release, ordering: .relaxed)
        self.ping.store(sum.ping + counts.ping, ordering: .relaxed)
    }
}
