import Foundation
import Synchronization

/// The terminal while `top` has it: its second screen, without a cursor, keys as they are pressed.
final class RawTerminal: Sendable {
    /// Enter the alternate screen, hide the cursor; and the reverse.
    private static let enter = "\u{1b}[?1049h\u{1b}[?25l"
    private static let leave = "\u{1b}[?25h\u{1b}[?1049l"

    private let former: Mutex<termios?>

    /// Takes the terminal over; nil: input or output is none.
    init?() {
        var mode = termios()
        guard isatty(STDOUT_FILENO) == 1, tcgetattr(STDIN_FILENO, &mode) == 0 else { return nil }
        self.former = Mutex(mode)
        cfmakeraw(&mode)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &mode)
        try? Output.standard.put(RawTerminal.enter)
    }

    /// Gives it back as it was. Again: nothing.
    func restore() {
        guard var mode = self.former.withLock({ $0.take() }) else { return }
        try? Output.standard.put(RawTerminal.leave)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &mode)
    }

    /// Columns and lines, as they are now.
    var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Shows a frame in one write, over the former one: nothing flickers.
    func show(_ lines: [Line], colour: Bool) throws(OutputClosed) {
        let body = lines.map { $0.rendered(colour: colour) + "\u{1b}[K" }.joined(separator: "\r\n")
        try Output.standard.put("\u{1b}[H\(body)\u{1b}[J")
    }

    /// Tells what is pressed, from a thread of its own, until input ends.
    func readKeys(_ tell: @escaping @Sendable ([TopKey]) -> Void) {
        Thread.detachNewThread {
            var bytes = [UInt8](repeating: 0, count: 256)
            while true {
                let count = read(STDIN_FILENO, &bytes, bytes.count)
                guard count > 0 else { return tell([.interrupt]) }
                tell(TopKey.keys(in: Array(bytes[..<count])))
            }
        }
    }
}
