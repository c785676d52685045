import BreakerCore
import Testing

@Suite("Percentiles of a window")
struct WindowLatencyTests {
    private static let tenSeconds = Window.Halves.time(5_000_000_000)

    /// A value of an exponential spread around so many milliseconds, long tail included.
    private func duration(_ scale: Double, using random: inout SeededGenerator) -> Double {
        var value = scale
        for _ in 0..<6 { value *= Double.random(in: 0.6...1.7, using: &random) }
        return value
    }

    /// Whether `shown` is within 2 % of a call whose rank is near the percentile.
    private func fits(_ shown: Double, _ percent: Double, of sorted: [Double], slack: Double) -> Bool {
        let count = Double(sorted.count)
        let lower = max(0, Int((count * (percent / 100 - slack)).rounded(.down)) - 1)
        let upper = min(sorted.count - 1, Int((count * (percent / 100 + slack)).rounded(.up)))
        return shown >= sorted[lower] * 0.98 && shown <= sorted[upper] * 1.0201
    }

    @Test(
        "They are within 2 % of the exact ones, whatever the rate, also in batches",
        arguments: [10, 100, 3_000, 200_000])
    func accuracy(calls: Int) throws {
        var random = SeededGenerator(seed: Seed.announced(for: "latency accuracy"))
        var latency = WindowLatency()
        var all: [Double] = []
        let scale = random.pick([0.5, 12, 800])
        while all.count < calls {
            let value = self.duration(scale, using: &random)
            let count = random.oneIn(3) ? 1 : Int.random(in: 1...max(1, calls / 50), using: &random)
            latency.add(
                LatencyBucket(milliseconds: value), UInt32(count), halves: Self.tenSeconds,
                at: Instant(nanoseconds: 1))
            all += repeatElement(value, count: count)
        }
        all.sort()
        let shown = try #require(
            latency.percentiles(halves: Self.tenSeconds, at: Instant(nanoseconds: 2)))
        // Ranks are exact while every call is a unit, and nearly so later.
        let slack = calls <= 100 ? 0.0001 : 0.004
        #expect(self.fits(shown.p50, 50, of: all, slack: slack))
        #expect(self.fits(shown.p90, 90, of: all, slack: slack))
        #expect(self.fits(shown.p99, 99, of: all, slack: slack))
    }

    @Test("Nothing older than the window counts, and at least its last half does")
    func age() throws {
        var random = SeededGenerator(seed: Seed.announced(for: "latency age"))
        for _ in 0..<100 {
            var latency = WindowLatency()
            var now: Int64 = .random(in: 0...1_000_000_000_000, using: &random)
            var calls: [(at: Int64, milliseconds: Double)] = []
            for _ in 0..<40 {
                now += random.pick([0, 1_000_000, 700_000_000, 2_500_000_000, 5_000_000_000, 11_000_000_000])
                let milliseconds = random.pick([1.0, 7, 50, 900])
                latency.add(
                    LatencyBucket(milliseconds: milliseconds), 1, halves: Self.tenSeconds,
                    at: Instant(nanoseconds: now))
                calls.append((now, milliseconds))
                let seen = random.pick([now, now + 3_000_000_000])
                let shown = latency.percentiles(halves: Self.tenSeconds, at: Instant(nanoseconds: seen))
                let young = calls.filter { $0.at > seen - 5_000_000_000 }.map(\.milliseconds).max()
                let inWindow = calls.filter { $0.at > seen - 10_000_000_000 }.map(\.milliseconds)
                if let young { #expect(try #require(shown).p99 >= young * 0.98) }
                if let shown { #expect(shown.p99 <= (inWindow.max() ?? 0) * 1.02) }
            }
            #expect(
                latency.percentiles(
                    halves: Self.tenSeconds, at: Instant(nanoseconds: now + 10_000_000_000)) == nil)
        }
    }

    @Test("A slow tail of one in fifty shows in p99 at a million calls a half")
    func tail() throws {
        var latency = WindowLatency()
        for _ in 0..<1_000 {
            latency.add(
                LatencyBucket(milliseconds: 5), 980, halves: Self.tenSeconds, at: Instant(nanoseconds: 1))
            latency.add(
                LatencyBucket(milliseconds: 700), 20, halves: Self.tenSeconds, at: Instant(nanoseconds: 1))
        }
        let shown = try #require(
            latency.percentiles(halves: Self.tenSeconds, at: Instant(nanoseconds: 1)))
        #expect(abs(shown.p50 / 5 - 1) <= 0.02)
        #expect(abs(shown.p90 / 5 - 1) <= 0.02)
        #expect(abs(shown.p99 / 700 - 1) <= 0.02)
    }

    @Test("Where durations differ too much, the shortest count as longer ones, and none is lost")
    func reach() throws {
        var latency = WindowLatency()
        let order: [(Double, UInt32)] = [(0.1, 6_000), (600_000, 40), (0.2, 3_000), (30_000, 900)]
        for (milliseconds, count) in order {
            latency.add(
                LatencyBucket(milliseconds: milliseconds), count, halves: Self.tenSeconds,
                at: Instant(nanoseconds: 1))
        }
        let shown = try #require(
            latency.percentiles(halves: Self.tenSeconds, at: Instant(nanoseconds: 1)))
        #expect(shown.p50 < 80)
        #expect(abs(shown.p99 / 30_000 - 1) <= 0.02)
    }

    @Test("A window of calls shows its last half to all of it")
    func calls() throws {
        let hundred = Window.Halves.count(50)
        var latency = WindowLatency()
        let now = Instant(nanoseconds: 1)
        for _ in 0..<100 { latency.add(LatencyBucket(milliseconds: 10), 1, halves: hundred, at: now) }
        for _ in 0..<49 { latency.add(LatencyBucket(milliseconds: 80), 1, halves: hundred, at: now) }
        #expect(try #require(latency.percentiles(halves: hundred, at: now)).p50 < 11)
        for _ in 0..<51 { latency.add(LatencyBucket(milliseconds: 80), 1, halves: hundred, at: now) }
        #expect(try #require(latency.percentiles(halves: hundred, at: now)).p50 > 78)
    }
}
