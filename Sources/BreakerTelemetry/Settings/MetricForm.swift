import BreakerServer

extension TelemetrySettings {
    /// How counters and histograms are told.
    package struct MetricForm: Hashable, Sendable {
        package private(set) var temporality = Temporality.cumulative
        /// Whether histograms have powers of a base for bounds, not bounds that are told with them.
        package private(set) var isExponential = false

        /// As it is unless somebody asks for another.
        init() {}

        init(_ reader: inout VariableReader) {
            self.temporality =
                reader.choice("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", Temporality.self)
                ?? self.temporality
            self.isExponential =
                reader.choice(
                    "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", HistogramAggregation.self)
                == .exponential
        }
    }

    /// What counters and histograms count from.
    package enum Temporality: String, CaseIterable, Hashable, Sendable {
        /// Their start.
        case cumulative
        /// The last export that arrived.
        case delta
        /// The former for counters, which are only read when they are sent, the latter for histograms.
        case lowMemory = "lowmemory"

        func isDelta(_ kind: MetricFamily.Kind) -> Bool {
            switch kind {
            case .counter: self == .delta
            case .histogram: self != .cumulative
            case .gauge, .info: false
            }
        }
    }

    private enum HistogramAggregation: String, CaseIterable {
        case explicit = "explicit_bucket_histogram"
        case exponential = "base2_exponential_bucket_histogram"
    }
}
