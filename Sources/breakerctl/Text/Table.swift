// A table as wide as it must be, or as wide as the terminal: then the columns that may shrink give way, the
// widest first. A column without a value in any row is left out, so that nobody reads rows of nothing.

/// Rows under column titles.
struct Table: Sendable {
    struct Column: Sendable {
        let title: String
        /// Numbers read best when their ends stand below each other.
        var right = false
        /// Whether its cells may be cut when the terminal is narrow.
        var shrinks = false
    }

    /// No column shrinks below this: less tells nobody anything.
    private static let leastColumns = 8
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
        let used = self.columns.indices.filter { index in self.rows.contains { !$0[index].isEmpty } }
        let widths = self.fitted(used, into: width)
        let titles = self.columns.map { Line($0.title, .dim) }
        return ([titles] + self.rows).map { row in
            let line = used.map { self.cell(row[$0], of: $0, columns: widths[$0]) }
                .joined(separator: Table.gap)
            return line.withoutTrailingBlanks.truncated(to: width ?? .max)
        }
    }

    private func cell(_ line: Line, of index: Int, columns: Int) -> Line {
        line.truncated(to: columns).padded(to: columns, right: self.columns[index].right)
    }

    private func fitted(_ used: [Int], into width: Int?) -> [Int] {
        var widths = self.columns.indices.map { index in
            max(self.columns[index].title.terminalColumns, self.rows.map { $0[index].width }.max() ?? 0)
        }
        guard let width else { return widths }
        var excess = used.reduce(Table.gap.width * (used.count - 1) - width) { $0 + widths[$1] }
        while excess > 0 {
            let shrinking = used.filter { self.columns[$0].shrinks && widths[$0] > Table.leastColumns }
            guard let widest = shrinking.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }
}
