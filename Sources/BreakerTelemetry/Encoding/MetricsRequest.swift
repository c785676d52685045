import BreakerServer

/// All metrics at one moment as an `ExportMetricsServiceRequest`.
enum MetricsRequest {
    /// `AGGREGATION_TEMPORALITY_CUMULATIVE`
    private static let cumulative: UInt64 = 2

    static func bytes(_ snapshot: MetricSnapshot, _ resource: [TelemetrySettings.Attribute]) -> [UInt8] {
        OTLPRequest.bytes(resource, items: 2) { scope in
            for family in snapshot.families where !family.samples.isEmpty {
                scope.message(2) { self.write(family, of: snapshot, to: &$0) }
            }
        }
    }

    private static func write(
        _ family: MetricFamily, of snapshot: MetricSnapshot, to metric: inout ProtobufWriter
    ) {
        metric.string(1, family.name)
        metric.string(2, family.help)
        metric.string(3, self.unit(family.unit))
        switch family.kind {
        case .counter:
            metric.message(7) { sum in
                self.points(family, snapshot, to: &sum)
                sum.varint(2, self.cumulative)
                sum.varint(3, 1)
            }
        case .histogram:
            metric.message(9) { histogram in
                self.points(family, snapshot, to: &histogram)
                histogram.varint(2, self.cumulative)
            }
        case .gauge, .info:
            metric.message(5) { self.points(family, snapshot, to: &$0) }
        }
    }

    private static func points(
        _ family: MetricFamily, _ snapshot: MetricSnapshot, to data: inout ProtobufWriter
    ) {
        for sample in family.samples {
            data.message(1) { point in
                switch family.kind {
                case .counter, .histogram:
                    point.fixed(2, UInt64(clamping: snapshot.startNanoseconds(of: sample)))
                case .gauge, .info: break
                }
                point.fixed(3, UInt64(clamping: snapshot.takenMilliseconds) * 1_000_000)
                self.write(sample, labels: family.labels, to: &point)
            }
        }
    }

    private static func write(
        _ sample: MetricSample, labels: [String], to point: inout ProtobufWriter
    ) {
        var attributes: UInt64 = 7
        switch sample.value {
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
