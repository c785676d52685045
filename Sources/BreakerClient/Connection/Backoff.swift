import NIOCore

/// How long to wait before the next attempt to connect: doubled at each failure, half of it random, so that
/// the clients of a daemon that was restarted do not all come back at once.
struct Backoff: Hashable, Sendable {
    let minimum: Duration
    let maximum: Duration

    /// - Parameters:
    ///   - failures: attempts that failed in a row, at least 1.
    ///   - random: 0…1.
    func delay(failures: Int, random: Double) -> Duration {
        // 2^40 times a nanosecond is beyond any sensible maximum; further doubling would only overflow.
        let doublings = min(max(failures - 1, 0), 40)
        let least = max(self.minimum, .milliseconds(1)).milliseconds
        let whole = min(least * Double(1 << doublings), max(self.maximum.milliseconds, least))
        return .nanoseconds(Int64(whole * (0.5 + 0.5 * random) * 1_000_000))
    }
}
