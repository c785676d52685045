import BreakerCore
import Testing

@Suite("Which instances are told apart")
struct WindowReportersTests {
    private func reporters(_ instances: Range<UInt32>, failing: Bool = false, slow: Bool = false)
        -> WindowReporters
    {
        var reporters = WindowReporters()
        reporters.add(instances, failing: failing, slow: slow)
        return reporters
    }

    @Test("At most 64 are kept")
    func bounded() {
        #expect(self.reporters(0..<1000, failing: true, slow: true).words.count == 64)
        #expect(WindowReporters(words: Array(repeating: 1, count: 100)).words.count == 64)
    }

    @Test("A healthy one gives way to one in trouble, never the other way round")
    func healthyGivesWay() {
        var reporters = self.reporters(0..<64)
        reporters.add(100..<130, failing: true)
        #expect(reporters.count() == (64, 30, 0))
        reporters.add(200..<300)
        #expect(reporters.count() == (64, 30, 0))
        reporters.add(300..<500, failing: true)
        #expect(reporters.count() == (64, 64, 0))
    }

    @Test("Slow instances do not hide failing ones, nor failing ones slow ones")
    func kindsShare() {
        var slowFirst = self.reporters(0..<100, slow: true)
        slowFirst.add(200..<300, failing: true)
        #expect(slowFirst.count() == (64, 32, 32))
        var failingFirst = self.reporters(0..<100, failing: true)
        failingFirst.add(200..<300, slow: true)
        #expect(failingFirst.count() == (64, 32, 32))
    }

    @Test("One that failed in a bucket that is gone, but reported since, is healthy again")
    func clearing() {
        var reporters = WindowReporters()
        let reporter = ReporterID(rawValue: .max)
        reporters.mark(reporter, slot: 9, failing: true, slow: true)
        reporters.mark(reporter, slot: 0, failing: false, slow: false)
        #expect(reporters.count() == (1, 1, 1))
        reporters.clear(slots: 1 << 9)
        #expect(reporters.count() == (1, 0, 0))
        reporters.clear(slots: 1)
        #expect(reporters.words.isEmpty)
    }

    @Test("Only the latest bucket of each kind matters: trouble that comes again outlives the first")
    func latest() {
        var reporters = WindowReporters()
        let reporter = ReporterID(rawValue: 7)
        reporters.mark(reporter, slot: 2, failing: true, slow: false)
        reporters.mark(reporter, slot: 4, failing: true, slow: true)
        reporters.mark(reporter, slot: 5, failing: false, slow: false)
        reporters.clear(slots: 0b111 << 1)
        #expect(reporters.count() == (1, 1, 1))
        reporters.clear(slots: 1 << 4)
        #expect(reporters.count() == (1, 0, 0))
    }

    @Test("64 instances take no more than their 64 places of four bytes")
    func memory() {
        let all = self.reporters(0..<64)
        #expect(all.words.capacity < 64 + 16)
    }

    @Test("The same instance has the same id on every machine and in every run")
    func stableHash() {
        #expect(ReporterID(instance: "").rawValue == 0xcbf2_9ce4 ^ 0x8422_2325)
        #expect(ReporterID(instance: "a").rawValue == 0xaf63_dc4c ^ 0x8601_ec8c)
        #expect(ReporterID(instance: "host7-4242") != ReporterID(instance: "host7-4243"))
    }
}

extension WindowReporters {
    fileprivate mutating func add(_ instances: Range<UInt32>, failing: Bool = false, slow: Bool = false) {
        for instance in instances {
            self.mark(ReporterID(rawValue: instance), slot: 3, failing: failing, slow: slow)
        }
    }
}
