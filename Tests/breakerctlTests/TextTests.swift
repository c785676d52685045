import Testing

@testable import breakerctl

@Suite("What reaches the terminal")
struct TextTests {
    @Test(
        arguments: [
            ("plain", "plain"), ("ümlaut — 日本", "ümlaut — 日本"), ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\nb\tc\r", "a\\u{a}b\\u{9}c\\u{d}"), ("\u{7f}", "\\u{7f}"), ("\u{9b}31m", "\\u{9b}31m"),
            ("abc\u{202e}def", "abc\\u{202e}def"), ("zero\u{200b}width", "zero\\u{200b}width"),
            ("\u{2028}", "\\u{2028}"), ("", ""),
        ])
    func `Characters that act on a terminal are spelled out`(text: String, safe: String) {
        #expect(text.neutralised == safe)
        #expect(Line(text, .red).plain == safe)
        #expect(!Line(text).rendered(colour: true).contains("\u{1b}"))
    }

    @Test func `Ink is written only where colour is wanted`() {
        let line = Line("open", .red) + " now"
        #expect(line.rendered(colour: false) == "open now")
        #expect(line.rendered(colour: true) == "\u{1b}[31mopen\u{1b}[0m now")
        #expect(line.width == 8)
    }

    @Test(arguments: [
        (8, "open now"), (7, "open n…"), (5, "open…"), (4, "ope…"), (1, "…"), (0, ""),
    ])
    func `A line too long is cut and says so`(columns: Int, expected: String) {
        let cut = (Line("open", .red) + " now").truncated(to: columns)
        #expect(cut.plain == expected)
        #expect(cut.width <= columns)
    }

    @Test func `Wide characters take two columns and combining ones none`() {
        #expect(Line("日本").width == 4)
        #expect(Line("e\u{301}").width == 1)
        #expect(Line("日本語").truncated(to: 4).plain == "日…")
    }

    @Test(arguments: [
        (false, true, [:], true), (true, true, [:], false), (false, false, [:], false),
        (false, true, ["NO_COLOR": "1"], false), (false, true, ["NO_COLOR": ""], true),
        (false, true, ["TERM": "dumb"], false),
    ])
    func `Colour needs a terminal and nobody who objects`(
        colourless: Bool, isTerminal: Bool, environment: [String: String], colour: Bool
    ) {
        #expect(
            Screen.shows(colourless: colourless, isTerminal: isTerminal, environment: environment) == colour)
    }
}
