package import BreakerCore

/// All that the daemon tells monitoring, at one moment.
package struct MetricSnapshot: Sendable {
    package let families: [MetricFamily]
    /// When the daemon started: what every counter counts from that says nothing else.
    package let started: Instant
    /// Wall time of `started`, in milliseconds since 1970; the same in every snapshot of a run.
    package let startedMilliseconds: Int64
    /// Wall time of the snapshot, in milliseconds since 1970.
    package let takenMilliseconds: Int64

    package init(
        families: [MetricFamily], started: Instant, startedMilliseconds: Int64, takenMilliseconds: Int64
    ) {
        self.families = families
        self.started = started
        self.startedMilliseconds = startedMilliseconds
        self.takenMilliseconds = takenMilliseconds
    }

    /// Wall time in nanoseconds since 1970 from which a sample counts; the same in every snapshot.
    package func startNanoseconds(of sample: MetricSample) -> Int64 {
        self.startedMilliseconds * 1_000_000 + ((sample.since ?? self.started) - self.started).nanoseconds
    }
}
