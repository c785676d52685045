/// What a piece of text looks like on a terminal. Colour never says anything that the words do not say too.
enum Ink: Hashable, Sendable {
    case plain, bold, dim, green, yellow, red, magenta, cyan

    /// The parameter of the terminal's "select graphic rendition"; nil for plain text.
    var code: String? {
        switch self {
        case .plain: nil
        case .bold: "1"
        case .dim: "2"
        case .green: "32"
        case .yellow: "33"
        case .red: "31"
        case .magenta: "35"
        case .cyan: "36"
        }
    }
}
