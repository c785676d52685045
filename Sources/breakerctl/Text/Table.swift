// A table as wide as it must be, or as wide as the terminal: then the columns that may shrink give way, the
// widest first. A column without a value in any row is left out, so that nobody reads rows of nothing. Before
// anything is cut, columns that tell the least are left out too, and a last column of words goes on below.

/// Rows under column titles.
struct Table: Sendable {
    struct Column: Sendable {
        let title: String
        /// Numbers read best when their ends stand below each other.
        var right = false
        /// Whether its cells may be cut when the terminal is narrow.
        var shrinks = false
        /// Whether it is left out where the terminal is too narrow for all, the first such column first.
        var yields = false
        /// Whether its cells go on in the following lines, uncoloured, rather than being cut. For the last
        /// column only.
        var flows = false
    }

    /// No column shrinks below this: less tells nobody anything.
    private static let leastColumns = 8
    private static let leastFlowing = 24
    private static let gap: Line = "  "

    let columns: [Column]
    private(set) var rows: [[Line]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row; its cells are those of the columns in order.
    mutating func add(_ cells: [Line]) {
        self.rows.append(cells)
    }

    /// The titles and rows.
    ///
    /// - Parameter width: columns of the terminal; nil: as wide as needed, for files and pipes.
    func lines(width: Int?) -> [Line] {
        let natural = self.columns.indices.map { index in
            max(self.columns[index].title.terminalColumns, self.rows.map { $0[index].width }.max() ?? 0)
        }
        let used = self.used(natural, into: width)
        let widths = self.fitted(used, natural, into: width)
        let titles = self.columns.map { Line($0.title, .dim) }
        return ([titles] + self.rows).flatMap { self.lines(of: $0, used, widths) }
            .map { $0.withoutTrailingBlanks.truncated(to: width ?? .max) }
    }

    /// One line, or several where the last column flows and its cell is too long.
    private func lines(of row: [Line], _ used: [Int], _ widths: [Int]) -> [Line] {
        guard let last = used.last, self.columns[last].flows, row[last].width > widths[last] else {
            return [self.cells(row, used, widths)]
        }
        return Prose.lines(row[last].plain, width: widths[last]).enumerated().map { index, part in
            var cells = index == 0 ? row : row.map { _ in Line() }
            cells[last] = part
            return self.cells(cells, used, widths)
        }
    }

    private func cells(_ row: [Line], _ used: [Int], _ widths: [Int]) -> Line {
        used.map { index in
            row[index].truncated(to: widths[index])
                .padded(to: widths[index], right: self.columns[index].right)
        }.joined(separator: Table.gap)
    }

    /// The columns to show: those with values, without the yielding ones for which there is no room.
    private func used(_ natural: [Int], into width: Int?) -> [Int] {
        var used = self.columns.indices.filter { index in self.rows.contains { !$0[index].isEmpty } }
        let least = self.columns.indices.map { index in
            self.columns[index].flows ? min(natural[index], Table.leastFlowing) : natural[index]
        }
        while let width, Table.total(used, least) > width,
            let yielding = used.first(where: { self.columns[$0].yields })
        {
            used.removeAll { $0 == yielding }
        }
        return used
    }

    private func fitted(_ used: [Int], _ natural: [Int], into width: Int?) -> [Int] {
        var widths = natural
        guard let width else { return widths }
        var excess = Table.total(used, widths) - width
        while excess > 0, let index = self.givingWay(used, widths) {
            widths[index] -= 1
            excess -= 1
        }
        return widths
    }

    /// The column to take a terminal's column from: a flowing one loses nothing, then the widest.
    private func givingWay(_ used: [Int], _ widths: [Int]) -> Int? {
        if let last = used.last, self.columns[last].flows, widths[last] > Table.leastFlowing { return last }
        return used.filter { self.columns[$0].shrinks && widths[$0] > Table.leastColumns }
            .max { widths[$0] < widths[$1] }
    }

    private static func total(_ used: [Int], _ widths: [Int]) -> Int {
        used.reduce(Table.gap.width * (used.count - 1)) { $0 + widths[$1] }
    }
}
