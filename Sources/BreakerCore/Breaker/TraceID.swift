/// What ties the spans of one request together: the trace-id of W3C Trace Context.
package struct TraceID: Hashable, Sendable {
    /// A trip names so many at most.
    package static let mostOfTrip = 5

    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        (self.high, self.low) = (high, low)
    }

    /// Nil unless it is 32 digits, lower case, not all zero.
    package init?(hex: some StringProtocol) {
        let digits = hex.utf8
        guard digits.count == 32, digits.allSatisfy(\.isLowerHexDigit),
            let high = UInt64(hex.prefix(16), radix: 16), let low = UInt64(hex.suffix(16), radix: 16),
            high | low > 0
        else { return nil }
        self.init(high: high, low: low)
    }

    /// Of a `traceparent`, such as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`; nil for what is
    /// none (https://www.w3.org/TR/trace-context, section 3.2).
    package init?(traceparent: String) {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [2, 32, 16, 2], parts[0] != "ff",
            parts.allSatisfy({ $0.utf8.allSatisfy(\.isLowerHexDigit) }),
            parts[2].utf8.contains(where: { $0 != UInt8(ascii: "0") })
        else { return nil }
        self.init(hex: parts[1])
    }

    /// 16 of them, the highest first.
    package var bytes: [UInt8] {
        [self.high, self.low].flatMap { number in withUnsafeBytes(of: number.bigEndian) { Array($0) } }
    }

    /// 32 digits.
    package var hex: String {
        [self.high, self.low].map { number in
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

extension UInt8 {
    fileprivate var isLowerHexDigit: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
    }
}
