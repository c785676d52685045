import BreakerCore
import Testing

@Suite("The count window")
struct CountWindowTests {
    private struct Call: Hashable {
        var reporter: UInt32
        var failed: Bool
        var slow: Bool
    }

    @Test("It agrees with a plain list of the last N calls", arguments: [1, 2, 3, 10, 64, 500])
    func naive(capacity: Int) {
        var random = SeededGenerator(seed: Seed.announced(for: "count window of \(capacity)"))
        var window = CountWindow(capacity: capacity)
        var list: [Call] = []
        for _ in 0..<2_000 {
            let call = Call(
                reporter: .random(in: 1...40, using: &random), failed: random.oneIn(3), slow: random.oneIn(4))
            window.add(failed: call.failed, slow: call.slow, from: ReporterID(rawValue: call.reporter))
            list = Array((list + [call]).suffix(capacity))
            let counts = window.counts()
            #expect(counts.calls == list.count)
            #expect(counts.failures == list.count { $0.failed })
            #expect(counts.slow == list.count { $0.slow })
            #expect(counts.reporters == Set(list.map(\.reporter)).count)
            #expect(counts.failingReporters == Set(list.filter(\.failed).map(\.reporter)).count)
            #expect(counts.slowReporters == Set(list.filter(\.slow).map(\.reporter)).count)
        }
        #expect(
            window.calls.map { Call(reporter: $0.reporter.rawValue, failed: $0.failed, slow: $0.slow) }
                == list)
    }

    @Test("A batch enters as early failures, successes, trailing failures")
    func order() {
        var window = CountWindow(capacity: 10)
        window.add(
            WindowEntry(successes: 2, failures: 3, slow: 3, trailingFailures: 1),
            from: ReporterID(rawValue: 1))
        #expect(window.calls.map(\.failed) == [true, true, false, false, true])
        #expect(window.calls.map(\.slow) == [true, false, true, true, false])
    }

    @Test("A batch larger than the window leaves its last calls")
    func largeBatch() {
        var window = CountWindow(capacity: 4)
        window.add(
            WindowEntry(successes: 1_000_000_000, failures: 1_000_000_003, slow: 5, trailingFailures: 3),
            from: ReporterID(rawValue: 1))
        #expect(window.calls.map(\.failed) == [false, true, true, true])
        #expect(window.counts().slow == 0)
    }

    @Test("The largest window may hold as many instances as calls")
    func manyReporters() {
        var window = CountWindow(capacity: CountWindow.maximumCalls)
        for instance in UInt32(0)..<25_000 {
            window.add(failed: true, slow: false, from: ReporterID(rawValue: instance))
        }
        #expect(window.counts().reporters == 10_000)
        #expect(window.counts().failingReporters == 10_000)
    }
}
