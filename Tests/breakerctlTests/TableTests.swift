import Testing

@testable import breakerctl

@Suite("Tables")
struct TableTests {
    private func table() -> Table {
        var table = Table([
            Table.Column(title: "BREAKER", shrinks: true), Table.Column(title: "CALLS", right: true),
            Table.Column(title: "NOTE", shrinks: true),
        ])
        table.add(["payments-eu-west-1", "7", ""])
        table.add(["mail", "1,200", ""])
        return table
    }

    @Test func `Columns are aligned and empty ones left out`() {
        #expect(
            self.table().lines(width: nil).map(\.plain) == [
                "BREAKER             CALLS",
                "payments-eu-west-1      7",
                "mail                1,200",
            ])
    }

    @Test func `On a narrow terminal the columns that may shrink give way`() {
        #expect(
            self.table().lines(width: 19).map(\.plain) == [
                "BREAKER       CALLS",
                "payments-eu…      7",
                "mail          1,200",
            ])
    }

    @Test(arguments: 0...40)
    func `No line is wider than the terminal`(width: Int) {
        for line in self.table().lines(width: width) { #expect(line.width <= width) }
    }

    @Test func `A table without rows is its titles' absence, not a crash`() {
        #expect(Table([Table.Column(title: "BREAKER")]).lines(width: 10).map(\.plain) == [""])
    }

    private func sections() -> Sections {
        var sections = Sections()
        sections.heading("State")
        sections.add("for", "18 s")
        sections.add("nothing", nil)
        sections.add("last opened", "yesterday: 37 of 52 calls failed")
        sections.heading("Totals")
        sections.add("success", "1,200")
        return sections
    }

    @Test func `Figures of all sections stand below each other and those without a value are left out`() {
        #expect(
            self.sections().lines(width: nil).map(\.plain) == [
                "State", "  for          18 s", "  last opened  yesterday: 37 of 52 calls failed", "",
                "Totals",
                "  success      1,200",
            ])
    }

    @Test func `A sentence too long for the terminal goes on below itself`() {
        #expect(
            self.sections().lines(width: 34).map(\.plain)[2...4] == [
                "  last opened  yesterday: 37 of 52", "               calls failed", "",
            ])
    }

    @Test func `Prose is broken between words only`() {
        let lines = Prose.lines("open for 12 s more: unpronounceable", lead: "> ", width: 12).map(\.plain)
        #expect(lines == ["> open for", "  12 s more:", "  unpronounceable"])
        #expect(Prose.lines("a b", width: nil).map(\.plain) == ["a b"])
    }
}

@Suite("Tables on narrow terminals")
struct NarrowTableTests {
    private func table() -> Table {
        var table = Table([
            Table.Column(title: "MATCH"), Table.Column(title: "LIBRARY", yields: true),
            Table.Column(title: "FROM", yields: true), Table.Column(title: "WHY", flows: true),
        ])
        table.add(["pay*", "python/0.1.0", "unix", "19 of 34 calls failed in 10 s, seen by 3"])
        table.add(["mail", "swift/0.1.0", "unix", "reset"])
        return table
    }

    @Test func `What tells the least is left out, and words go on below`() {
        #expect(
            self.table().lines(width: 40).map(\.plain) == [
                "MATCH  FROM  WHY", "pay*   unix  19 of 34 calls failed in 10",
                "             s, seen by 3", "mail   unix  reset",
            ])
    }

    @Test func `Where there is room nothing is left out`() {
        let lines = self.table().lines(width: 200).map(\.plain)
        #expect(lines == self.table().lines(width: nil).map(\.plain))
        #expect(
            lines.count == 3
                && lines[1].hasSuffix("python/0.1.0  unix  19 of 34 calls failed in 10 s, seen by 3"))
    }

    @Test(arguments: 0...70)
    func `No line is wider than the terminal`(width: Int) {
        for line in self.table().lines(width: width) { #expect(line.width <= width) }
    }
}
