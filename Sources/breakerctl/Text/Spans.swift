// Figures as people say them: "12 s", "3 min 20 s", "71 %", "12,345".

/// Lengths of time in words. Two units at most: nobody acts on the seconds of an hour.
enum Span {
    private static let units: [(name: String, seconds: Int64)] = [
        ("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1),
    ]

    /// Time that has passed: never said to be longer than it is.
    static func past(_ time: Duration) -> String {
        let milliseconds = time.milliseconds(.towardZero)
        return milliseconds < 1_000 ? "\(max(0, milliseconds)) ms" : Span.words(milliseconds / 1_000)
    }

    /// How long something took, where fractions matter: "420 µs", "1.3 ms", "12 ms", "1.3 s", "12 s".
    static func brief(_ time: Duration) -> String {
        let microseconds = Int64(max(0, time / .microseconds(1)))
        if microseconds < 1_000 { return "\(microseconds) µs" }
        if microseconds < 10_000 { return "\(Double(microseconds / 100) / 10) ms" }
        if (1_000_000..<10_000_000).contains(microseconds) {
            return "\(Double(microseconds / 100_000) / 10) s"
        }
        return self.past(time)
    }

    /// Time still to come: never said to be shorter than it is.
    static func left(_ time: Duration) -> String {
        let milliseconds = time.milliseconds(.up)
        if milliseconds < 1_000 { return "\(max(0, milliseconds)) ms" }
        let seconds = milliseconds / 1_000
        return Span.words(seconds + (milliseconds % 1_000 > 0 ? 1 : 0))
    }

    /// A span that somebody configured, exactly: "250 ms", "1.5 s", "10 s", "5 min", "90 s".
    static func exact(_ time: Duration) -> String {
        let milliseconds = time.milliseconds(.toNearestOrAwayFromZero)
        for unit in Span.units where milliseconds > 0 && milliseconds % (unit.seconds * 1_000) == 0 {
            if unit.name == "d", milliseconds < 2 * unit.seconds * 1_000 { continue }
            return "\(milliseconds / unit.seconds / 1_000) \(unit.name)"
        }
        return milliseconds > 1_000 ? "\(Double(milliseconds) / 1_000) s" : "\(milliseconds) ms"
    }

    private static func words(_ seconds: Int64) -> String {
        // "90 s" and "36 h" are read at a glance: a unit is used from two of it on.
        let first = Span.units.firstIndex { seconds >= 2 * $0.seconds } ?? Span.units.count - 1
        let unit = Span.units[first]
        let rest = seconds % unit.seconds
        let next = first + 1 < Span.units.count ? Span.units[first + 1] : nil
        guard let next, rest / next.seconds > 0, seconds / unit.seconds < 10 else {
            return "\(seconds / unit.seconds) \(unit.name)"
        }
        return "\(seconds / unit.seconds) \(unit.name) \(rest / next.seconds) \(next.name)"
    }
}

/// Shares of a whole.
enum Percent {
    /// A share of 0…1 in per cent: whole numbers from ten on unless it was given in tenths, one decimal
    /// below. What is not all is never said to be 100 %, what is not nothing never 0 %.
    static func words(_ share: Double) -> String {
        let percent = share * 100
        guard percent.isFinite, percent > 0 else { return "0 %" }
        if percent < 0.1 { return "< 0.1 %" }
        let tenths = (percent * 10).rounded()
        let exact = abs(percent * 10 - tenths) < 1e-6
        if percent > 99, percent < 100, !exact || tenths >= 1_000 {
            return "\(min(999, Int(tenths)).inTenths) %"
        }
        if percent < 10 || exact { return "\(Int(tenths).inTenths) %" }
        return "\(Int(percent.rounded())) %"
    }
}

extension BinaryInteger {
    /// With commas between the thousands.
    var grouped: String {
        let digits = String(self.magnitude)
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        return (self < 0 ? "-" : "") + grouped
    }

    /// "1 call", "2 calls".
    func of(_ noun: String, _ plural: String? = nil) -> String {
        "\(self.grouped) \(self == 1 ? noun : plural ?? noun + "s")"
    }
}

extension Int {
    fileprivate var inTenths: String { self % 10 == 0 ? "\(self / 10)" : "\(self / 10).\(self % 10)" }
}

extension Duration {
    /// Whole milliseconds, rounded by `rule`.
    func milliseconds(_ rule: FloatingPointRoundingRule) -> Int64 {
        let (seconds, attoseconds) = self.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        return whole + Int64((Double(attoseconds) / 1e15).rounded(rule))
    }
}
