import BreakerCore
import Testing

@Suite("Which instances are told apart")
struct ReporterMasksTests {
    private func masks(_ instances: Range<UInt32>, failing: Bool = false, slow: Bool = false) -> ReporterMasks
    {
        var masks = ReporterMasks()
        masks.add(instances, failing: failing, slow: slow)
        return masks
    }

    @Test("At most 64 are kept")
    func bounded() {
        #expect(self.masks(0..<1000, failing: true, slow: true).words.count == 64)
        #expect(ReporterMasks(words: Array(repeating: 1, count: 100)).words.count == 64)
    }

    @Test("A healthy one gives way to one in trouble, never the other way round")
    func healthyGivesWay() {
        var masks = self.masks(0..<64)
        masks.add(100..<130, failing: true)
        #expect(masks.count() == (64, 30, 0))
        masks.add(200..<300)
        #expect(masks.count() == (64, 30, 0))
        masks.add(300..<500, failing: true)
        #expect(masks.count() == (64, 64, 0))
    }

    @Test("Slow instances do not hide failing ones, nor failing ones slow ones")
    func kindsShare() {
        var slowFirst = self.masks(0..<100, slow: true)
        slowFirst.add(200..<300, failing: true)
        #expect(slowFirst.count() == (64, 32, 32))
        var failingFirst = self.masks(0..<100, failing: true)
        failingFirst.add(200..<300, slow: true)
        #expect(failingFirst.count() == (64, 32, 32))
    }

    @Test("One that failed in a bucket that is gone, but reported since, is healthy again")
    func clearing() {
        var masks = ReporterMasks()
        let reporter = ReporterID(rawValue: .max)
        masks.mark(reporter, slot: 9, failing: true, slow: true)
        masks.mark(reporter, slot: 0, failing: false, slow: false)
        #expect(masks.count() == (1, 1, 1))
        masks.clear(slots: 1 << 9)
        #expect(masks.count() == (1, 0, 0))
        masks.clear(slots: 1)
        #expect(masks.words.isEmpty)
    }

    @Test("The same instance has the same id on every machine and in every run")
    func stableHash() {
        #expect(ReporterID(instance: "").rawValue == 0xcbf2_9ce4 ^ 0x8422_2325)
        #expect(ReporterID(instance: "a").rawValue == 0xaf63_dc4c ^ 0x8601_ec8c)
        #expect(ReporterID(instance: "host7-4242") != ReporterID(instance: "host7-4243"))
    }
}

extension ReporterMasks {
    fileprivate mutating func add(_ instances: Range<UInt32>, failing: Bool = false, slow: Bool = false) {
        for instance in instances {
            self.mark(ReporterID(rawValue: instance), slot: 3, failing: failing, slow: slow)
        }
    }
}
