/// Turns one written value into a field's type, or into a sentence that says what the field takes.
struct PolicyValueReader {
    let field: PolicyField
    let value: PolicyValue

    func flag() throws(PolicyProblem) -> Bool {
        guard case .flag(let flag) = self.value else { throw self.problem("true or false") }
        return flag
    }

    func integer(_ range: ClosedRange<Int>, or alternative: String = "") throws(PolicyProblem) -> Int {
        guard case .integer(let number) = self.value, range.contains(number) else {
            throw self.problem("an integer from \(range.lowerBound) to \(range.upperBound)\(alternative)")
        }
        return number
    }

    func integerOrOff(_ range: ClosedRange<Int>) throws(PolicyProblem) -> Int? {
        self.value == .off ? nil : try self.integer(range, or: ", or null")
    }

    func number(_ range: ClosedRange<Double>) throws(PolicyProblem) -> Double {
        guard let number = self.asDouble, range.contains(number) else {
            throw self.problem("a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func rateOrOff() throws(PolicyProblem) -> Double? {
        if self.value == .off { return nil }
        guard let rate = self.asDouble, rate > 0, rate <= 1 else {
            throw self.problem("a number above 0 and at most 1, or null")
        }
        return rate
    }

    func duration(
        _ least: Interval, _ most: Interval, or alternative: String = ""
    ) throws(PolicyProblem) -> Interval {
        guard case .text(let text) = self.value, let span = Interval(text), span >= least, span <= most else {
            throw self.problem("a duration from \"\(least)\" to \"\(most)\"\(alternative)")
        }
        return span
    }

    func durationOrOff(_ least: Interval, _ most: Interval) throws(PolicyProblem) -> Interval? {
        self.value == .off ? nil : try self.duration(least, most, or: ", or null")
    }

    func windowShape() throws(PolicyProblem) -> Policy.WindowShape {
        if case .integer(let calls) = self.value, (1...10_000).contains(calls) { return .count(calls) }
        return .time(
            try self.duration(.milliseconds(10), .hours(24), or: ", or a number of calls from 1 to 10000"))
    }

    func minReporters() throws(PolicyProblem) -> Policy.MinReporters {
        if self.value == .text("auto") { return .automatic }
        return .atLeast(try self.integer(1...64, or: ", or \"auto\""))
    }

    private var asDouble: Double? {
        switch self.value {
        case .integer(let number): Double(number)
        case .number(let number): number
        case .off, .flag, .text: nil
        }
    }

    private func problem(_ takes: String) -> PolicyProblem {
        PolicyProblem(field: self.field, message: "must be \(takes)")
    }
}
