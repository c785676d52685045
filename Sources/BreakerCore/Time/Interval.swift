/// A length of time in whole nanoseconds (± 292 years). Arithmetic saturates.
package struct Interval: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    @inlinable
    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package static let zero = Interval(nanoseconds: 0)

    package static func milliseconds(_ count: Int64) -> Interval { .saturating(count, times: 1_000_000) }
    package static func seconds(_ count: Int64) -> Interval { .saturating(count, times: 1_000_000_000) }
    package static func minutes(_ count: Int64) -> Interval { .saturating(count, times: 60_000_000_000) }
    package static func hours(_ count: Int64) -> Interval { .saturating(count, times: 3_600_000_000_000) }
    package static func days(_ count: Int64) -> Interval { .saturating(count, times: 86_400_000_000_000) }

    /// Rounded to the nanosecond; values out of range saturate, NaN is zero.
    package init(milliseconds: Double) {
        self.init(rounding: milliseconds * 1_000_000)
    }

    /// Rounded to the nanosecond; values out of range saturate, NaN is zero.
    package init(rounding nanoseconds: Double) {
        switch nanoseconds {
        case let value where value >= 9.2e18: self.nanoseconds = .max
        case let value where value <= -9.2e18: self.nanoseconds = .min
        case let value where value.isNaN: self.nanoseconds = 0
        default: self.nanoseconds = Int64(nanoseconds.rounded())
        }
    }

    /// In milliseconds, with the fraction.
    package var milliseconds: Double { Double(self.nanoseconds) / 1_000_000 }

    /// In whole milliseconds, rounded up, so that a wait of this length never ends before the interval does.
    package var wholeMillisecondsUp: Int64 {
        let (quotient, remainder) = self.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder > 0 ? quotient + 1 : quotient
    }

    @inlinable
    package static func < (left: Interval, right: Interval) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    @inlinable
    package static func + (left: Interval, right: Interval) -> Interval {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.nanoseconds)
        return Interval(nanoseconds: overflow ? (right.nanoseconds < 0 ? .min : .max) : sum)
    }

    static func saturating(_ count: Int64, times unit: Int64) -> Interval {
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        return Interval(nanoseconds: overflow ? (count < 0 ? .min : .max) : product)
    }
}
