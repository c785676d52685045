import Foundation

/// Where output goes, and what it can show.
struct Screen: Sendable {
    /// Columns of the terminal; nil where output goes to a file or a pipe and need not fit anything.
    let width: Int?
    let colour: Bool
    /// Whether a person looks, for whom states have a shape. Files and pipes get words only, which `awk` and
    /// `grep` take apart more easily.
    let shapes: Bool

    /// Standard output as it is.
    ///
    /// - Parameter colourless: `--no-color` was given.
    static func standardOutput(colourless: Bool) -> Screen {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        return Screen(
            width: isTerminal ? Screen.terminalWidth() : nil,
            colour: Screen.shows(
                colourless: colourless, isTerminal: isTerminal,
                environment: ProcessInfo.processInfo.environment),
            shapes: isTerminal)
    }

    /// Whether to colour: on terminals that can, unless the user said no by flag or by `NO_COLOR` (any value
    /// but the empty one, as no-color.org has it).
    static func shows(colourless: Bool, isTerminal: Bool, environment: [String: String]) -> Bool {
        isTerminal && !colourless && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    func show(_ lines: [Line]) throws(OutputClosed) {
        try Output.standard.write(
            lines.map { $0.rendered(colour: self.colour) + "\n" }.joined())
    }

    func show(_ line: Line) throws(OutputClosed) {
        try self.show([line])
    }

    /// Shows a sentence, broken between words where it is too long for the terminal.
    func show(sentence: String) throws(OutputClosed) {
        try self.show(Prose.lines(sentence, width: self.width))
    }

    func show(_ table: Table) throws(OutputClosed) {
        try self.show(table.lines(width: self.width))
    }

    private static func terminalWidth() -> Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
