package import BreakerCore

/// One value of a family.
package struct MetricSample: Sendable {
    package enum Value: Sendable {
        case integer(Int64)
        case real(Double)
        case histogram(MetricHistogram)
    }

    /// Values of the family's labels, in their order. Two members and no array: a thousand breakers have
    /// twenty thousand samples, and none of them allocates.
    package let first: String
    package let second: String
    package let value: Value
    /// When it began to count, if not with the daemon: its breaker got its label then. For counters.
    package let since: Instant?

    package init(_ first: String = "", _ second: String = "", _ value: Value, since: Instant? = nil) {
        self.first = first
        self.second = second
        self.value = value
        self.since = since
    }

    init(_ first: String = "", _ second: String = "", count: some BinaryInteger, since: Instant? = nil) {
        self.init(first, second, .integer(Int64(clamping: count)), since: since)
    }
}
