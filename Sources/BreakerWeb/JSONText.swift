/// Text as JSON.
enum JSONText {
    /// `true` and `false` as they are, all else as text.
    static func literal(_ text: some StringProtocol) -> String {
        text == "true" || text == "false" ? String(text) : JSONText.quoted(text)
    }

    /// In quotes, with what must be escaped.
    static func quoted(_ text: some StringProtocol) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{0}"..."\u{1f}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
