import BreakerServer

/// All metrics at one moment as an `ExportMetricsServiceRequest`.
struct MetricsRequest {
    /// `AggregationTemporality`
    private enum Counted: UInt64 {
        case since = 1
        case inAll = 2
    }

    let snapshot: MetricSnapshot
    let temporality: TelemetrySettings.Temporality
    /// What differences are taken from.
    let baseline: MetricBaseline

    func bytes(_ resource: [TelemetrySettings.Attribute]) -> [UInt8] {
        OTLPRequest.bytes(resource, items: 2) { scope in
            for family in self.snapshot.families where !family.samples.isEmpty {
                scope.message(2) { self.write(family, to: &$0) }
            }
        }
    }

    private func write(_ family: MetricFamily, to metric: inout ProtobufWriter) {
        let counted = self.temporality.isDelta(family.kind) ? Counted.since : .inAll
        metric.string(1, family.name)
        metric.string(2, family.help)
        metric.string(3, MetricsRequest.unit(family.unit))
        switch family.kind {
        case .counter:
            metric.message(7) { sum in
                self.points(family, to: &sum)
                sum.varint(2, counted.rawValue)
                sum.varint(3, 1)
            }
        case .histogram:
            metric.message(9) { histogram in
                self.points(family, to: &histogram)
                histogram.varint(2, counted.rawValue)
            }
        case .gauge, .info:
            metric.message(5) { self.points(family, to: &$0) }
        }
    }

    private func points(_ family: MetricFamily, to data: inout ProtobufWriter) {
        let isDelta = self.temporality.isDelta(family.kind)
        for sample in family.samples {
            data.message(1) { point in
                switch family.kind {
                case .counter, .histogram:
                    let start =
                        isDelta
                        ? self.baseline.takenNanoseconds : self.snapshot.startNanoseconds(of: sample)
                    point.fixed(2, UInt64(clamping: start))
                case .gauge, .info: break
                }
                point.fixed(3, UInt64(clamping: self.snapshot.takenMilliseconds) * 1_000_000)
                let value = isDelta ? self.baseline.difference(sample, of: family) : sample.value
                MetricsRequest.write(value, of: sample, labels: family.labels, to: &point)
            }
        }
    }

    private static func write(
        _ value: MetricSample.Value, of sample: MetricSample, labels: [String],
        to point: inout ProtobufWriter
    ) {
        var attributes: UInt64 = 7
        switch value {
        case .integer(let number): point.fixed(6, UInt64(bitPattern: number))
        case .real(let number): point.double(4, number)
        case .histogram(let histogram):
            attributes = 9
            point.fixed(4, histogram.counts.reduce(0, +))
            point.double(5, histogram.sum)
            point.packed(6, histogram.counts)
            point.packed(7, histogram.bounds.map(\.bitPattern))
        }
        for (label, value) in zip(labels, [sample.first, sample.second]) {
            point.attribute(attributes, label, .text(value))
        }
    }

    /// As UCUM writes it.
    private static func unit(_ unit: MetricFamily.Unit?) -> String {
        switch unit {
        case .seconds: "s"
        case .bytes: "By"
        case .ratio, nil: "1"
        }
    }
}
