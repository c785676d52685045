import BreakerCore

/// What a minute is to know of latency, in eight bytes: there may be very many that wait for the disk.
/// Microseconds, at most 71 minutes; 0: no duration is known.
struct RecordedLatency: Hashable, Sendable {
    let p50: UInt32
    let p99: UInt32

    static let none = RecordedLatency(nil)

    init(_ latency: LatencyPercentiles?) {
        self.p50 = RecordedLatency.microseconds(latency?.p50)
        self.p99 = RecordedLatency.microseconds(latency?.p99)
    }

    var isKnown: Bool { self.p99 > 0 }

    private static func microseconds(_ milliseconds: Double?) -> UInt32 {
        guard let milliseconds else { return 0 }
        return UInt32(min(max(1, (milliseconds * 1_000).rounded()), Double(UInt32.max)))
    }
}
