import BreakerServer

/// All metrics at one moment as an `ExportMetricsServiceRequest`.
struct MetricsRequest: OTLPRequest {
    static let lists: (resources: StaticString, scopes: StaticString) = ("resourceMetrics", "scopeMetrics")

    /// `AggregationTemporality`
    private enum Counted: UInt64 {
        case since = 1
        case inAll = 2
    }

    let snapshot: MetricSnapshot
    let form: TelemetrySettings.MetricForm
    /// What differences are taken from.
    let baseline: MetricBaseline

    func items(to scope: inout some MessageWriter) {
        let families = self.snapshot.families.filter { !$0.samples.isEmpty }
        scope.messages(2, "metrics", families) { self.write($1, to: &$0) }
    }

    private func write(_ family: MetricFamily, to metric: inout some MessageWriter) {
        metric.string(1, "name", family.name)
        metric.string(2, "description", family.help)
        metric.string(3, "unit", MetricsRequest.unit(family.unit))
        switch family.kind {
        case .counter:
            metric.message(7, "sum") { sum in
                self.points(family, to: &sum)
                self.counted(family, to: &sum)
                sum.flag(3, "isMonotonic", true)
            }
        case .histogram where self.form.isExponential:
            metric.message(10, "exponentialHistogram") { histogram in
                self.points(family, to: &histogram)
                self.counted(family, to: &histogram)
            }
        case .histogram:
            metric.message(9, "histogram") { histogram in
                self.points(family, to: &histogram)
                self.counted(family, to: &histogram)
            }
        case .gauge, .info:
            metric.message(5, "gauge") { self.points(family, to: &$0) }
        }
    }

    private func counted(_ family: MetricFamily, to data: inout some MessageWriter) {
        let counted = self.form.temporality.isDelta(family.kind) ? Counted.since : .inAll
        data.enumeration(2, "aggregationTemporality", counted.rawValue)
    }

    private func points(_ family: MetricFamily, to data: inout some MessageWriter) {
        let isDelta = self.form.temporality.isDelta(family.kind)
        let taken = UInt64(clamping: self.snapshot.takenMilliseconds) * 1_000_000
        data.messages(1, "dataPoints", family.samples) { point, sample in
            switch family.kind {
            case .counter, .histogram:
                let start =
                    isDelta ? self.baseline.takenNanoseconds : self.snapshot.startNanoseconds(of: sample)
                point.fixed(2, "startTimeUnixNano", UInt64(clamping: start))
            case .gauge, .info: break
            }
            point.fixed(3, "timeUnixNano", taken)
            let labels = zip(family.labels, [sample.first, sample.second]).map {
                OTLPAttribute($0, .text($1))
            }
            self.write(
                isDelta ? self.baseline.difference(sample, of: family) : sample.value, labels, to: &point)
        }
    }

    private func write(
        _ value: MetricSample.Value, _ labels: [OTLPAttribute], to point: inout some MessageWriter
    ) {
        switch value {
        case .integer(let number):
            point.attributes(7, labels)
            point.fixed(6, "asInt", signed: number)
        case .real(let number):
            point.attributes(7, labels)
            point.double(4, "asDouble", number)
        case .histogram(let histogram):
            point.fixed(4, "count", histogram.counts.reduce(0, +))
            point.double(5, "sum", histogram.sum)
            if self.form.isExponential {
                point.attributes(1, labels)
                MetricsRequest.write(ExponentialHistogram(histogram), to: &point)
            } else {
                point.attributes(9, labels)
                point.fixeds(6, "bucketCounts", histogram.counts)
                point.doubles(7, "explicitBounds", histogram.bounds)
            }
        }
    }

    private static func write(_ histogram: ExponentialHistogram, to point: inout some MessageWriter) {
        point.signed(6, "scale", histogram.scale)
        point.message(8, "positive") { buckets in
            buckets.signed(1, "offset", histogram.offset)
            buckets.integers(2, "bucketCounts", histogram.counts)
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
