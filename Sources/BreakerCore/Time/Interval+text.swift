// Durations as people write them in a policy: "250ms", "1.5s", "5m", "1h", "7d".

extension Interval: CustomStringConvertible {
    private static let units: [(suffix: String, nanoseconds: Int64)] = [
        ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
        ("ms", 1_000_000),
    ]

    /// Reads digits, an optional fraction and a unit (`ms`, `s`, `m`, `h`, `d`). Nil for anything else.
    package init?(_ text: some StringProtocol) {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let suffix = text.dropFirst(number.count)
        let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        // The whole part and the fraction apart: one `Double` would lose nanoseconds from 104 days on.
        guard
            let unit = Interval.units.first(where: { $0.suffix == suffix }), number.count <= 18,
            number.last != ".", let whole = parts.first.flatMap({ Int64($0) }),
            let fraction = Double("0." + (parts.count > 1 ? parts[1] : "0"))
        else { return nil }
        self =
            .saturating(whole, times: unit.nanoseconds)
            + Interval(rounding: fraction * Double(unit.nanoseconds))
    }

    /// The shortest exact form: the largest unit that divides it, else decimal milliseconds.
    package var description: String {
        for unit in Interval.units where self.nanoseconds % unit.nanoseconds == 0 && self != .zero {
            // "24h" and "90s" read better than "1d" and "1.5m": days only from two on.
            if unit.suffix == "d", self.nanoseconds < 2 * unit.nanoseconds { continue }
            return "\(self.nanoseconds / unit.nanoseconds)\(unit.suffix)"
        }
        return self == .zero ? "0s" : self.decimalMilliseconds
    }

    /// Digit by digit: a `Double` would print "1e-06ms", which nobody can read back.
    private var decimalMilliseconds: String {
        let (whole, rest) = self.nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        var fraction = String(1_000_000 + rest).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return "\(self.nanoseconds < 0 ? "-" : "")\(whole).\(fraction)ms"
    }
}
