// How many columns a terminal gives a character. Close enough for aligning: wide scripts and emoji take two,
// combining marks none.

extension StringProtocol {
    var terminalColumns: Int {
        self.reduce(0) { $0 + $1.terminalColumns }
    }

    /// As many characters from the start as fit into `columns`.
    func prefix(columns: Int) -> String {
        var room = columns
        return String(
            self.prefix { character in
                room -= character.terminalColumns
                return room >= 0
            })
    }
}

extension Character {
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]

    fileprivate var terminalColumns: Int {
        if self.isASCII { return 1 }
        guard let scalar = self.unicodeScalars.first else { return 0 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: return Character.wide.contains { $0.contains(scalar.value) } ? 2 : 1
        }
    }
}
