/// One line of output: pieces of text, each with its ink. Whatever is put in is neutralised first, so that
/// escape sequences in the result are ours alone.
struct Line: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    private struct Piece: Hashable, Sendable {
        var text: String
        var ink: Ink
    }

    private var pieces: [Piece] = []

    init() {}

    init(_ text: some StringProtocol, _ ink: Ink = .plain) {
        let text = text.neutralised
        if !text.isEmpty { self.pieces = [Piece(text: text, ink: ink)] }
    }

    init(stringLiteral value: String) { self.init(value) }

    /// Columns it takes on a terminal.
    var width: Int { self.pieces.reduce(0) { $0 + $1.text.terminalColumns } }

    var isEmpty: Bool { self.pieces.isEmpty }

    /// The words without the inks.
    var plain: String { self.pieces.map(\.text).joined() }

    static func + (left: Line, right: Line) -> Line {
        var line = left
        line.pieces += right.pieces
        return line
    }

    static func += (left: inout Line, right: Line) { left.pieces += right.pieces }

    /// As it is sent to the terminal or file.
    func rendered(colour: Bool) -> String {
        self.pieces.map { piece in
            guard colour, let code = piece.ink.code else { return piece.text }
            return "\u{1b}[\(code)m\(piece.text)\u{1b}[0m"
        }.joined()
    }

    /// At most so many columns; what was cut off is marked by `…`.
    func truncated(to columns: Int) -> Line {
        guard self.width > columns else { return self }
        var line = Line()
        var room = columns - 1
        for piece in self.pieces where room > 0 {
            let text = piece.text.prefix(columns: room)
            line.pieces.append(Piece(text: text, ink: piece.ink))
            room = text.count < piece.text.count ? 0 : room - text.terminalColumns
        }
        return line + Line(columns > 0 ? "…" : "")
    }

    /// Without the blanks that a padded last column leaves.
    var withoutTrailingBlanks: Line {
        var line = self
        while let last = line.pieces.last, last.text.allSatisfy({ $0 == " " }) { line.pieces.removeLast() }
        return line
    }

    /// With blanks at the end, or in front where `right` is true, up to so many columns.
    func padded(to columns: Int, right: Bool = false) -> Line {
        let blanks = Line(String(repeating: " ", count: max(0, columns - self.width)))
        return right ? blanks + self : self + blanks
    }
}

extension Sequence<Line> {
    /// The lines one after the other with `separator` between them.
    func joined(separator: Line) -> Line {
        var result = Line()
        for (index, line) in self.enumerated() {
            if index > 0 { result += separator }
            result += line
        }
        return result
    }
}
