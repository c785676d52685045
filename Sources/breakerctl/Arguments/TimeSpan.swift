import ArgumentParser

/// A span of time as an argument: digits, perhaps a fraction, and a unit (`250ms`, `1.5s`, `10m`, `2h`,
/// `7d`), the spelling that policies use. Always above zero.
struct TimeSpan: Hashable, Sendable {
    let milliseconds: Double

    var duration: Duration { .microseconds(Int64((self.milliseconds * 1_000).rounded())) }
}

extension TimeSpan: ExpressibleByArgument {
    /// Longest first, so that "ms" is not taken for "m" with an "s" left over.
    private static let units: [(suffix: String, milliseconds: Double)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
    /// More than anything the daemon takes, far below what overflows.
    private static let most = 1e13

    init?(argument: String) {
        guard let unit = TimeSpan.units.first(where: { argument.hasSuffix($0.suffix) }) else { return nil }
        let digits = argument.dropLast(unit.suffix.count)
        guard digits.first?.isASCIIDigit == true, digits.last?.isASCIIDigit == true,
            digits.allSatisfy({ $0.isASCIIDigit || $0 == "." }),
            let number = Double(digits), number > 0, number * unit.milliseconds <= TimeSpan.most
        else { return nil }
        self.milliseconds = number * unit.milliseconds
    }

    var defaultValueDescription: String {
        self.milliseconds.truncatingRemainder(dividingBy: 1_000) == 0
            ? "\(Int(self.milliseconds / 1_000))s" : "\(Int(self.milliseconds))ms"
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { self.isASCII && self.isNumber }
}
