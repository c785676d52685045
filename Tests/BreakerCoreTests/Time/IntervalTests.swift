import BreakerCore
import Testing

@Suite("Durations as text")
struct IntervalTests {
    @Test(
        "They read as people write them",
        arguments: [
            ("250ms", 250_000_000), ("1.5s", 1_500_000_000), ("30s", 30_000_000_000), ("5m", 300_000_000_000),
            ("1h", 3_600_000_000_000), ("7d", 604_800_000_000_000), ("0s", 0), ("007s", 7_000_000_000),
            ("0.000001ms", 1), ("0.0000004ms", 0), ("0.1s", 100_000_000), ("1.23456789h", 4_444_444_404_000),
            ("365.000000000001d", 31_536_000_000_000_086),
        ])
    func reads(text: String, nanoseconds: Int64) {
        #expect(Interval(text)?.nanoseconds == nanoseconds)
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "", "s", "5", "5 s", " 5s", "5s ", "-5s", "+5s", ".5s", "5.s", "1.2.3s", "1e3s", "5S", "5us",
            "5ns", "5w",
            "0x5s", "٥s", "５s", "5sm", "1h30m", "nans", "infs", "5\u{301}s", "1234567890123456789s",
        ])
    func refuses(text: String) {
        #expect(Interval(text) == nil)
    }

    @Test("The largest that can be written saturates")
    func saturates() {
        #expect(Interval("999999999999999999d")?.nanoseconds == .max)
    }

    @Test(
        "They print in the largest unit that divides them",
        arguments: [
            ("60s", "1m"), ("90s", "90s"), ("3600s", "1h"), ("24h", "24h"), ("48h", "2d"), ("36h", "36h"),
            ("1000ms", "1s"), ("1500ms", "1500ms"), ("0.5ms", "0.5ms"), ("0s", "0s"),
            ("0.000001ms", "0.000001ms"),
            ("1.25s", "1250ms"), ("1000.000001ms", "1000.000001ms"),
        ])
    func prints(text: String, printed: String) {
        #expect(Interval(text)?.description == printed)
    }

    @Test("Every duration up to a year reads back to the nanosecond")
    func roundTrip() {
        var random = SeededGenerator(seed: Seed.announced(for: "interval round trip"))
        let scales: [Int64] = [1, 1_000, 1_000_000, 1_000_000_000, 60_000_000_000, 86_400_000_000_000]
        for _ in 0..<20_000 {
            let scale = random.pick(scales)
            let most = 365 * 86_400_000_000_000 / scale
            let range = random.oneIn(2) ? 0...most : 0...min(most, 5_000)
            let interval = Interval(nanoseconds: .random(in: range, using: &random) * scale)
            #expect(Interval(interval.description) == interval)
        }
    }

    @Test(
        "Whole milliseconds are rounded up",
        arguments: [(0, 0), (1, 1), (1_000_000, 1), (1_000_001, 2), (-5, 0)])
    func roundsUp(nanoseconds: Int64, milliseconds: Int64) {
        #expect(Interval(nanoseconds: nanoseconds).wholeMillisecondsUp == milliseconds)
    }

    @Test("Numbers that do not fit saturate, and no number is zero")
    func fromDoubles() {
        #expect(Interval(milliseconds: .infinity).nanoseconds == .max)
        #expect(Interval(milliseconds: -.infinity).nanoseconds == .min)
        #expect(Interval(milliseconds: 1e300).nanoseconds == .max)
        #expect(Interval(milliseconds: .nan) == .zero)
        #expect(Interval.days(.max).nanoseconds == .max)
        #expect(Interval.days(.min).nanoseconds == .min)
        #expect(Instant.distantFuture + .seconds(1) == .distantFuture)
        #expect((Instant.distantFuture - Instant(nanoseconds: .min)).nanoseconds == .max)
        #expect((Instant(nanoseconds: .min) - .distantFuture).nanoseconds == .min)
    }
}
