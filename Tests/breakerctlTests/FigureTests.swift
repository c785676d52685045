import Testing

@testable import breakerctl

@Suite("Figures as people say them")
struct FigureTests {
    @Test(arguments: [
        (0, "0 ms", "0 ms"), (250, "250 ms", "250 ms"), (999, "999 ms", "999 ms"), (1_000, "1 s", "1 s"),
        (11_400, "11 s", "12 s"), (12_000, "12 s", "12 s"), (119_001, "119 s", "2 min"),
        (120_000, "2 min", "2 min"),
        (200_000, "3 min 20 s", "3 min 20 s"), (599_999, "9 min 59 s", "10 min"),
        (754_000, "12 min", "12 min"),
        (3_600_000, "60 min", "60 min"), (7_500_000, "2 h 5 min", "2 h 5 min"), (100_000_000, "27 h", "27 h"),
        (172_800_000, "2 d", "2 d"),
        (273_600_000, "3 d 4 h", "3 d 4 h"), (-5, "0 ms", "0 ms"),
    ])
    func `A span is said in two units at most, never longer than past, never shorter than left`(
        milliseconds: Int64, past: String, left: String
    ) {
        #expect(Span.past(.milliseconds(milliseconds)) == past)
        #expect(Span.left(.milliseconds(milliseconds)) == left)
    }

    @Test(arguments: [
        (0, "0 µs"), (420, "420 µs"), (1_340, "1.3 ms"), (12_900, "12 ms"), (999_999, "999 ms"),
        (2_390_000, "2.3 s"), (12_900_000, "12 s"), (-1, "0 µs"),
    ])
    func `What took little is said in small units`(microseconds: Int64, expected: String) {
        #expect(Span.brief(.microseconds(microseconds)) == expected)
    }

    @Test(arguments: [
        (250, "250 ms"), (1_500, "1.5 s"), (10_000, "10 s"), (90_000, "90 s"), (300_000, "5 min"),
        (86_400_000, "24 h"), (604_800_000, "7 d"), (0, "0 ms"),
    ])
    func `A configured span is said exactly`(milliseconds: Int64, expected: String) {
        #expect(Span.exact(.milliseconds(milliseconds)) == expected)
    }

    @Test(arguments: [
        (0, "0 %"), (0.5, "50 %"), (37.0 / 52, "71 %"), (0.125, "12.5 %"), (0.033, "3.3 %"),
        (0.0004, "< 0.1 %"),
        (1, "100 %"), (0.9999, "99.9 %"), (0.999, "99.9 %"), (2.0 / 3, "67 %"), (.nan, "0 %"), (0.02, "2 %"),
        (0.0333333, "3.3 %"),
    ])
    func `A share is said in per cent and what is not all is never 100 %`(share: Double, expected: String) {
        #expect(Percent.words(share) == expected)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-1_000, "-1,000")])
    func `Large numbers have commas between the thousands`(number: Int, expected: String) {
        #expect(number.grouped == expected)
    }

    @Test func `Nouns agree with their number`() {
        #expect(1.of("call") == "1 call")
        #expect(0.of("call") == "0 calls")
        #expect(1_200.of("reply", "replies") == "1,200 replies")
    }
}
