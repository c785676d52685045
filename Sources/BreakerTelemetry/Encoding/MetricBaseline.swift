import BreakerServer

/// What had been counted at the last export that arrived, for those that want differences.
struct MetricBaseline: Sendable {
    private struct Series: Hashable {
        let family: String
        let first: String
        let second: String
    }

    /// Wall time, in nanoseconds since 1970.
    let takenNanoseconds: Int64
    private let samples: [Series: MetricSample]

    init(_ snapshot: MetricSnapshot, _ temporality: TelemetrySettings.Temporality) {
        self.takenNanoseconds = snapshot.takenMilliseconds * 1_000_000
        var samples: [Series: MetricSample] = [:]
        for family in snapshot.families where temporality.isDelta(family.kind) {
            for sample in family.samples {
                samples[Series(family: family.name, first: sample.first, second: sample.second)] = sample
            }
        }
        self.samples = samples
    }

    /// What was counted since. All of it for a sample that was not there, or has begun anew.
    func difference(_ sample: MetricSample, of family: MetricFamily) -> MetricSample.Value {
        let series = Series(family: family.name, first: sample.first, second: sample.second)
        guard let former = self.samples[series], former.since == sample.since else { return sample.value }
        switch (sample.value, former.value) {
        case (.integer(let now), .integer(let before)) where now >= before: return .integer(now - before)
        case (.real(let now), .real(let before)) where now >= before: return .real(now - before)
        case (.histogram(let now), .histogram(let before)) where now.bounds == before.bounds:
            return .histogram(
                MetricHistogram(
                    bounds: now.bounds, counts: zip(now.counts, before.counts).map { $0 - min($0, $1) },
                    sum: max(0, now.sum - before.sum)))
        case _: return sample.value
        }
    }
}
