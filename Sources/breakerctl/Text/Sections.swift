/// Figures under headings, their values below each other throughout.
struct Sections: Sendable {
    private enum Row: Sendable {
        case heading(String)
        case figure(label: String, value: Line)
    }

    private static let indent: Line = "  "
    private static let gap = 2

    private var rows: [Row] = []

    mutating func heading(_ title: String) {
        self.rows.append(.heading(title))
    }

    /// Adds a figure; one without a value is left out.
    mutating func add(_ label: String, _ value: Line?) {
        if let value, !value.isEmpty { self.rows.append(.figure(label: label, value: value)) }
    }

    /// - Parameter width: columns of the terminal; nil: as wide as needed.
    func lines(width: Int?) -> [Line] {
        let labels = self.rows.map { row in
            switch row {
            case .heading: 0
            case .figure(let label, _): Line(label).width
            }
        }
        let column = (labels.max() ?? 0) + Sections.gap
        return self.rows.enumerated().flatMap { index, row -> [Line] in
            switch row {
            case .heading(let title):
                (index > 0 ? [Line()] : []) + [Line(title, .bold).truncated(to: width ?? .max)]
            case .figure(let label, let value):
                self.figure(Sections.indent + Line(label, .dim).padded(to: column), value, width: width)
            }
        }
    }

    /// One line, or several where the value is a sentence too long for the terminal.
    private func figure(_ label: Line, _ value: Line, width: Int?) -> [Line] {
        guard let width, label.width + value.width > width else { return [label + value] }
        return Prose.lines(value.plain, lead: label, width: width).map { $0.truncated(to: width) }
    }
}
