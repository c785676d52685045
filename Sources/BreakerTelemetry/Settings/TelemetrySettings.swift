// What is sent where, from the standard environment variables of OpenTelemetry
// (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/). As they want it, a value that cannot be used
// is told and passed over.

package import Logging

/// Where telemetry goes, and how often.
package struct TelemetrySettings: Hashable, Sendable {
    /// An attribute of the resource.
    package struct Attribute: Hashable, Sendable {
        package let key: String
        package let value: String
    }

    /// A variable that was passed over.
    package struct Complaint: Hashable, Sendable {
        package let variable: String
        /// What would do.
        package let wanted: String
    }

    /// Nil: metrics, or log records, are not sent.
    package private(set) var metrics: Signal?
    package private(set) var logs: Signal?
    /// What the daemon is to whoever receives it.
    package private(set) var resource: [Attribute] = []
    /// How often metrics are sent.
    package private(set) var metricInterval = Duration.seconds(60)
    /// How long one export of metrics is tried; nil: until the next is due.
    package private(set) var metricPatience: Duration?
    package private(set) var metricForm = MetricForm()
    /// How long log records gather.
    package private(set) var logDelay = Duration.seconds(1)
    /// How long a batch of log records is tried.
    package private(set) var logPatience = Duration.seconds(300)
    /// Log records that may wait; more: the oldest are dropped.
    package private(set) var logQueue = 2_048
    /// Log records of one request.
    package private(set) var logBatch = 512
    package private(set) var logLimits = AttributeLimits()
    /// What the daemon's own log is told about telemetry; nil: as much as about all else.
    package private(set) var logLevel: Logger.Level?
    package private(set) var complaints: [Complaint] = []

    /// Whether anything is sent.
    package var isWanted: Bool { self.metrics != nil || self.logs != nil }

    /// - Parameter endpoint: of both, unless the environment has one for either; nil: neither, unless it has.
    package init(endpoint: String?, environment: [String: String]) {
        var reader = VariableReader(environment)
        guard !reader.flag("OTEL_SDK_DISABLED") else { return }
        self.metrics = Self.signal("METRICS", path: "v1/metrics", endpoint, &reader)
        self.logs = Self.signal("LOGS", path: "v1/logs", endpoint, &reader)
        guard self.isWanted else { return }
        self.resource = Self.resource(&reader)
        self.logLevel = reader.level("OTEL_LOG_LEVEL")
        reader.expect("OTEL_CONFIG_FILE", [], or: "nothing: a file is not read, the other variables are")
        self.readMetrics(&reader)
        self.readLogs(&reader)
        self.complaints = reader.complaints
    }

    private mutating func readMetrics(_ reader: inout VariableReader) {
        self.metricInterval = reader.milliseconds("OTEL_METRIC_EXPORT_INTERVAL") ?? self.metricInterval
        self.metricPatience = reader.milliseconds("OTEL_METRIC_EXPORT_TIMEOUT")
        self.metricForm = MetricForm(&reader)
    }

    private mutating func readLogs(_ reader: inout VariableReader) {
        self.logPatience = reader.milliseconds("OTEL_BLRP_EXPORT_TIMEOUT") ?? self.logPatience
        self.logDelay = reader.milliseconds("OTEL_BLRP_SCHEDULE_DELAY") ?? self.logDelay
        self.logQueue = reader.count("OTEL_BLRP_MAX_QUEUE_SIZE") ?? self.logQueue
        self.logBatch = min(
            self.logQueue, reader.count("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE") ?? self.logBatch)
        self.logLimits = AttributeLimits(&reader)
    }

    private static func signal(
        _ name: String, path: String, _ endpoint: String?, _ reader: inout VariableReader
    ) -> Signal? {
        let exporter = reader.expect("OTEL_\(name)_EXPORTER", ["otlp", "none"], or: "otlp or none")
        guard exporter != "none" else { return nil }
        // That of a signal is taken as it is, that of all gets the signal's path.
        let own = reader.url("OTEL_EXPORTER_OTLP_\(name)_ENDPOINT")
        guard let url = own ?? endpoint.map({ $0.hasSuffix("/") ? $0 + path : "\($0)/\(path)" }) else {
            return nil
        }
        var signal = Signal(url: url)
        for prefix in ["OTEL_EXPORTER_OTLP", "OTEL_EXPORTER_OTLP_\(name)"] {
            if let headers = reader.pairs("\(prefix)_HEADERS") {
                signal.headers = headers.map { Signal.Header(name: $0.key, value: $0.value) }
            }
            signal.timeout = reader.milliseconds("\(prefix)_TIMEOUT") ?? signal.timeout
            signal.encoding = reader.choice("\(prefix)_PROTOCOL", OTLPEncoding.self) ?? signal.encoding
            let coding = reader.expect("\(prefix)_COMPRESSION", ["none", "gzip"], or: "none or gzip")
            signal.isCompressed = coding.map { $0 == "gzip" } ?? signal.isCompressed
            signal.tls.authorities = reader.text("\(prefix)_CERTIFICATE") ?? signal.tls.authorities
            signal.tls.certificate =
                reader.text("\(prefix)_CLIENT_CERTIFICATE") ?? signal.tls.certificate
            signal.tls.key = reader.text("\(prefix)_CLIENT_KEY") ?? signal.tls.key
        }
        return signal
    }

    private static func resource(_ reader: inout VariableReader) -> [Attribute] {
        var attributes = reader.pairs("OTEL_RESOURCE_ATTRIBUTES") ?? []
        if let name = reader.text("OTEL_SERVICE_NAME") {
            attributes.removeAll { $0.key == "service.name" }
            attributes.append((key: "service.name", value: name))
        }
        if !attributes.contains(where: { $0.key == "service.name" }) {
            attributes.append((key: "service.name", value: "breakerd"))
        }
        return attributes.map { Attribute(key: $0.key, value: $0.value) }
    }
}
