/// Sentences on a terminal: broken between words, never within one.
enum Prose {
    /// - Parameters:
    ///   - lead: in front of the first line; the others are indented by as much.
    ///   - width: columns of the terminal; nil: all on one line.
    static func lines(_ text: String, lead: Line = Line(), width: Int?) -> [Line] {
        guard let width else { return [lead + Line(text)] }
        let indent = Line(String(repeating: " ", count: lead.width))
        var lines: [Line] = []
        var line = lead
        var isEmpty = true
        for word in text.neutralised.split(separator: " ") {
            if !isEmpty, line.width + 1 + Line(word).width > width {
                lines.append(line)
                line = indent
                isEmpty = true
            }
            line += Line(isEmpty ? "" : " ") + Line(word)
            isEmpty = false
        }
        return lines + [line]
    }
}
