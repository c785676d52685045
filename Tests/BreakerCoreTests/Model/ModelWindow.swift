import BreakerCore

/// A window as a plain list of calls that is filtered whenever somebody looks.
struct ModelWindow {
    /// Calls of one instance that entered together; one call each in a window of the last N calls.
    struct Calls {
        var at: Int64
        var instance: UInt32
        var calls: Int
        var failures: Int
        var slow: Int
    }

    var shape: Policy.WindowShape
    var entries: [Calls] = []
    /// When the first call after the window was empty came: time buckets are laid from there.
    var origin: Int64 = 0

    init(_ shape: Policy.WindowShape) {
        self.shape = shape
    }

    private static func bucket(_ time: Int64, from origin: Int64, length: Interval) -> Int64 {
        (time - origin) / (length.nanoseconds / 10)
    }

    /// What is still in the window at `now`.
    func present(at now: Int64) -> [Calls] {
        switch self.shape {
        case .count(let last): return self.entries.suffix(last)
        case .time(let length):
            let newest = ModelWindow.bucket(now, from: self.origin, length: length)
            return self.entries.filter {
                newest - ModelWindow.bucket($0.at, from: self.origin, length: length) < 10
            }
        }
    }

    mutating func add(
        successes: Int, failures: Int, slow: Int, trailing: Int, of instance: UInt32, at now: Int64
    ) {
        self.entries = self.present(at: now)
        switch self.shape {
        case .time:
            if self.entries.isEmpty { self.origin = now }
            self.entries.append(
                Calls(
                    at: now, instance: instance, calls: successes + failures, failures: failures, slow: slow))
        case .count:
            // In the order that the tail tells; the slow ones are successes as far as possible.
            let tail = min(trailing, failures)
            var slowSuccesses = min(slow, successes)
            var slowFailures = slow - slowSuccesses
            for _ in 0..<(failures - tail) {
                self.append(failed: true, slow: &slowFailures, of: instance, at: now)
            }
            for _ in 0..<successes { self.append(failed: false, slow: &slowSuccesses, of: instance, at: now) }
            for _ in 0..<tail { self.append(failed: true, slow: &slowFailures, of: instance, at: now) }
        }
    }

    private mutating func append(failed: Bool, slow: inout Int, of instance: UInt32, at now: Int64) {
        self.entries.append(
            Calls(at: now, instance: instance, calls: 1, failures: failed ? 1 : 0, slow: slow > 0 ? 1 : 0))
        slow = max(0, slow - 1)
    }

    func counts(at now: Int64) -> WindowCounts {
        let present = self.present(at: now)
        var counts = WindowCounts()
        for entry in present {
            counts.calls += entry.calls
            counts.failures += entry.failures
            counts.slow += entry.slow
        }
        counts.reporters = Set(present.map(\.instance)).count
        counts.failingReporters = Set(present.filter { $0.failures > 0 }.map(\.instance)).count
        counts.slowReporters = Set(present.filter { $0.slow > 0 }.map(\.instance)).count
        return counts
    }
}
