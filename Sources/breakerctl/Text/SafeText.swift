// Reasons, actors, error names and clients' names are written by whoever can reach the daemon. Printed as
// they are, they could move the cursor, rename the window or reorder a line. Nothing reaches the terminal but
// through here.

extension StringProtocol {
    /// The text with every character that a terminal acts on, or that hides or reorders others, spelled out
    /// as `\u{1b}`; the rest as it is.
    var neutralised: String {
        guard self.unicodeScalars.contains(where: \.actsOnTerminals) else { return String(self) }
        var safe = ""
        for scalar in self.unicodeScalars {
            if scalar.actsOnTerminals {
                safe += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }
}

extension Unicode.Scalar {
    /// Whether it is a control, a line or paragraph separator, or a format character (bidirectional
    /// overrides, zero-width marks, tags): nothing that a reader could see.
    fileprivate var actsOnTerminals: Bool {
        if self.isASCII { return self.value < 0x20 || self.value == 0x7F }
        switch self.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
            return true
        default:
            return false
        }
    }
}
