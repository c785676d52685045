import ArgumentParser

/// A span of time as an argument: digits, perhaps a fraction, and a unit (`250ms`, `1.5s`, `10m`, `2h`,
/// `7d`), the spelling that policies use. Always above zero.
struct TimeSpan: Hashable, Sendable {
    let milliseconds: Double

    /// What `trip --for` takes at most.
    static let day = TimeSpan(milliseconds: 86_400_000)
    /// What overrides take at most.
    static let year = TimeSpan(milliseconds: 365 * 86_400_000)

    var duration: Duration { .microseconds(Int64((self.milliseconds * 1_000).rounded())) }
}

extension TimeSpan {
    /// Longest first, so that "ms" is not taken for "m" with an "s" left over.
    private static let units: [(suffix: String, milliseconds: Double)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
    /// More than anything the daemon takes, far below what overflows.
    private static let most = 1e13

    /// Nil for what is no span.
    init?(argument: String) {
        guard let unit = TimeSpan.units.first(where: { argument.hasSuffix($0.suffix) }) else { return nil }
        let digits = argument.dropLast(unit.suffix.count)
        guard digits.first?.isASCIIDigit == true, digits.last?.isASCIIDigit == true,
            digits.allSatisfy({ $0.isASCIIDigit || $0 == "." }),
            let number = Double(digits), number > 0, number * unit.milliseconds <= TimeSpan.most
        else { return nil }
        self.milliseconds = number * unit.milliseconds
    }
}

extension TimeSpan {
    /// An option's value.
    ///
    /// - Throws: `ValidationError`, saying what would be right.
    @Sendable static func typed(_ text: String) throws -> TimeSpan {
        guard let span = TimeSpan(argument: text) else {
            throw ValidationError("a duration above 0 such as 250ms, 30s, 5m, 2h or 7d is due")
        }
        return span
    }

    /// - Throws: `ValidationError` if `--for` is longer than the daemon takes.
    static func checkFor(_ span: TimeSpan?, most: TimeSpan) throws {
        guard let span, span.milliseconds > most.milliseconds else { return }
        throw ValidationError("--for: at most \(Int(most.milliseconds / TimeSpan.day.milliseconds))d.")
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { self.isASCII && self.isNumber }
}
