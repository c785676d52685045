import BreakerCore
import Testing

@Suite("The time window")
struct TimeWindowTests {
    private static let one = WindowEntry(successes: 0, failures: 1, slow: 0)
    private static let reporter = ReporterID(rawValue: 7)

    private func window(_ times: [Int64]) -> TimeWindow {
        var window = TimeWindow(length: Interval(nanoseconds: 100))
        for time in times {
            window.add(Self.one, from: Self.reporter, at: Instant(nanoseconds: time))
        }
        return window
    }

    @Test(
        "A call leaves when its bucket does: at the boundary tick itself, not one tick before",
        arguments: [(0, 99, 1), (0, 100, 0), (9, 99, 1), (9, 100, 0)])
    func boundary(at: Int64, now: Int64, calls: Int) {
        // The first call lays the buckets at 0; the second shares its bucket.
        let window = self.window([0, at])
        #expect(window.counts(at: Instant(nanoseconds: now)).calls == calls * 2)
    }

    @Test("A call on a bucket's first tick belongs to the new bucket")
    func newBucket() {
        let window = self.window([0, 9, 10])
        #expect(window.counts(at: Instant(nanoseconds: 100)).calls == 1)
        #expect(window.counts(at: Instant(nanoseconds: 109)).calls == 1)
        #expect(window.counts(at: Instant(nanoseconds: 110)).calls == 0)
    }

    @Test("A window jumped over whole is empty and starts anew", arguments: [100, 101, 1_000, .max])
    func jumpedOver(leap: Int64) {
        var window = self.window([0, 50])
        let later = Instant(nanoseconds: leap == .max ? .max : 50 + leap)
        #expect(window.counts(at: later) == WindowCounts())
        window.add(Self.one, from: Self.reporter, at: later)
        #expect(window.counts(at: later).calls == 1)
        #expect(window.origin == later)
    }

    @Test("Buckets are laid from the first call after the window was empty")
    func laidAnew() {
        var window = self.window([3])
        window.add(Self.one, from: Self.reporter, at: Instant(nanoseconds: 107))
        #expect(window.counts(at: Instant(nanoseconds: 206)).calls == 1)
        #expect(window.counts(at: Instant(nanoseconds: 207)).calls == 0)
    }

    @Test("Counting is pure")
    func pure() {
        let window = self.window([0, 10, 20])
        let before = window
        _ = window.counts(at: Instant(nanoseconds: 10_000))
        #expect(window == before)
    }

    @Test("A clock that seems to step back counts into the newest bucket and never traps")
    func backwards() {
        var window = self.window([50])
        window.add(Self.one, from: Self.reporter, at: Instant(nanoseconds: .min))
        #expect(window.counts(at: Instant(nanoseconds: 50)).calls == 2)
    }

    @Test("An empty window holds no memory")
    func emptied() {
        var window = self.window([0])
        window.advance(to: Instant(nanoseconds: 100))
        #expect(window.isEmpty)
        #expect(window.buckets.isEmpty && window.reporters.words.isEmpty)
    }

    @Test("Counters stop at their maximum")
    func saturates() {
        var window = self.window([])
        let most = WindowEntry(successes: .max, failures: .max, slow: .max)
        for _ in 0..<3 { window.add(most, from: Self.reporter, at: Instant(nanoseconds: 0)) }
        #expect(window.counts(at: Instant(nanoseconds: 0)).calls == Int(UInt32.max))
    }
}
