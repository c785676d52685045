import BreakerCore

/// YAML 1.2's core schema: what an unquoted scalar means. (YAML 1.1's `yes`, `on`, `1_000` and `1:30` are
/// text here.)
enum CoreSchema {
    /// A number too large for its kind becomes the next wider one, and then fails its field's range.
    static func value(ofPlain text: String) -> PolicyValue {
        switch text {
        case "", "~", "null", "Null", "NULL": return .off
        case "true", "True", "TRUE": return .flag(true)
        case "false", "False", "FALSE": return .flag(false)
        case ".nan", ".NaN", ".NAN": return .number(.nan)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .number(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .number(-.infinity)
        default: break
        }
        if let integer = CoreSchema.integer(text) { return .integer(integer) }
        if let number = CoreSchema.number(text) { return .number(number) }
        return .text(text)
    }

    /// `-?[0-9]+`, `0o[0-7]+` or `0x[0-9a-fA-F]+`.
    private static func integer(_ text: String) -> Int? {
        if text.hasPrefix("0o") { return CoreSchema.unsigned(text.dropFirst(2), radix: 8) }
        if text.hasPrefix("0x") { return CoreSchema.unsigned(text.dropFirst(2), radix: 16) }
        return Int(text)
    }

    private static func unsigned(_ digits: Substring, radix: Int) -> Int? {
        digits.first?.isHexDigit == true ? Int(digits, radix: radix) : nil
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`: Swift's own reading takes more (hexadecimal,
    /// "infinity"), so the characters are checked first, and a digit must stand before any exponent.
    private static func number(_ text: String) -> Double? {
        let allowed = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || "+-.eE".utf8.contains(byte)
        }
        guard allowed, text.contains(where: \.isNumber) else { return nil }
        return Double(text) ?? (text.hasSuffix(".") ? Double(text + "0") : nil)
    }
}
