/// Durations that half, nine tenths and all but one in a hundred of a window's calls did not exceed: of those
/// calls whose duration is known. Milliseconds, each within 2 %.
package struct LatencyPercentiles: Hashable, Sendable {
    package let p50: Double
    package let p90: Double
    package let p99: Double

    /// - Parameter forEach: visits ranges and their calls, the shortest first; at least one.
    init(_ forEach: ((LatencyBucket, UInt64) -> Void) -> Void) {
        var total: UInt64 = 0
        forEach { total += $1 }
        var found = (p50: 0.0, p90: 0.0, p99: 0.0)
        var below: UInt64 = 0
        forEach { bucket, calls in
            // The nearest rank: the first call that at least so many percent are not longer than.
            let reached = { (percent: UInt64) in
                below * 100 < total * percent && (below + calls) * 100 >= total * percent
            }
            if reached(50) { found.p50 = bucket.milliseconds }
            if reached(90) { found.p90 = bucket.milliseconds }
            if reached(99) { found.p99 = bucket.milliseconds }
            below += calls
        }
        (self.p50, self.p90, self.p99) = found
    }
}
