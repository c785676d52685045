import BreakerServer
import Logging
import Testing

@testable import BreakerTelemetry

@Suite("The settings of telemetry")
struct TelemetrySettingsTests {
    private func settings(
        _ environment: [String: String] = [:], endpoint: String? = "http://h:4318"
    ) -> TelemetrySettings {
        TelemetrySettings(endpoint: endpoint, environment: environment)
    }

    @Test func `Nothing is sent where nobody says where to`() {
        #expect(!self.settings(endpoint: nil).isWanted)
        #expect(!self.settings(["OTEL_SDK_DISABLED": "true"]).isWanted)
        #expect(self.settings(["OTEL_SDK_DISABLED": "yes"]).isWanted)
        #expect(!self.settings(["OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"]).isWanted)
    }

    @Test func `The common endpoint gets a signal's path, a signal's own is taken as it is`() {
        let common = self.settings(endpoint: "http://h:4318/otlp/")
        #expect(common.metrics?.url == "http://h:4318/otlp/v1/metrics")
        #expect(common.logs?.url == "http://h:4318/otlp/v1/logs")
        let own = self.settings(["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "https://l/x"], endpoint: nil)
        #expect(own.metrics == nil)
        #expect(own.logs?.url == "https://l/x")
    }

    @Test func `Headers and timeouts of a signal stand before the common ones`() {
        let settings = self.settings([
            "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b, x = y", "OTEL_EXPORTER_OTLP_TIMEOUT": "3000",
            "OTEL_EXPORTER_OTLP_LOGS_HEADERS": "z=1", "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT": "1",
        ])
        #expect(settings.metrics?.headers.map(\.name) == ["api-key", "x"])
        #expect(settings.metrics?.headers.map(\.value) == ["a b", "y"])
        #expect(settings.logs?.headers.map(\.name) == ["z"])
        #expect(settings.metrics?.timeout == .seconds(3))
        #expect(settings.logs?.timeout == .milliseconds(1))
    }

    @Test func `The service has a name, of its own or by its attributes`() {
        func name(_ environment: [String: String]) -> [String] {
            self.settings(environment).resource.filter { $0.key == "service.name" }.map(\.value)
        }
        #expect(name([:]) == ["breakerd"])
        #expect(name(["OTEL_RESOURCE_ATTRIBUTES": "service.name=a,zone=eu"]) == ["a"])
        let both = ["OTEL_RESOURCE_ATTRIBUTES": "service.name=a", "OTEL_SERVICE_NAME": "b"]
        #expect(name(both) == ["b"])
    }

    @Test func `Intervals and bounds are the standard ones unless they are set`() {
        let usual = self.settings()
        #expect(usual.metricInterval == .seconds(60))
        #expect((usual.logQueue, usual.logBatch) == (2_048, 512))
        let set = self.settings([
            "OTEL_METRIC_EXPORT_INTERVAL": "500", "OTEL_BLRP_SCHEDULE_DELAY": "20",
            "OTEL_BLRP_MAX_QUEUE_SIZE": "100", "OTEL_METRIC_EXPORT_TIMEOUT": "7",
            "OTEL_BLRP_EXPORT_TIMEOUT": "8",
        ])
        #expect((usual.metricPatience, usual.logPatience) == (nil, .seconds(300)))
        #expect((set.metricPatience, set.logPatience) == (.milliseconds(7), .milliseconds(8)))
        #expect((set.metricInterval, set.logDelay) == (.milliseconds(500), .milliseconds(20)))
        #expect((set.logQueue, set.logBatch) == (100, 100))
    }

    @Test func `Compression and certificates are a signal's or common`() {
        let usual = self.settings()
        #expect(usual.metrics?.isCompressed == false && usual.metrics?.tls == .init())
        let set = self.settings([
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_EXPORTER_OTLP_LOGS_COMPRESSION": "none",
            "OTEL_EXPORTER_OTLP_CERTIFICATE": "/ca", "OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE": "/logs-ca",
            "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": "/cert", "OTEL_EXPORTER_OTLP_CLIENT_KEY": "/key",
        ])
        #expect(set.metrics?.isCompressed == true && set.logs?.isCompressed == false)
        #expect(set.metrics?.tls == .init(authorities: "/ca", certificate: "/cert", key: "/key"))
        #expect(set.logs?.tls == .init(authorities: "/logs-ca", certificate: "/cert", key: "/key"))
        #expect(set.complaints.isEmpty)
    }

    @Test func `Requests are written as a signal's protocol says, or the common one`() {
        #expect(self.settings().metrics?.encoding == .protobuf)
        let set = self.settings([
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL": "http/protobuf",
        ])
        #expect(set.metrics?.encoding == .json && set.logs?.encoding == .protobuf)
    }

    @Test func `Limits of records stand before those of all attributes`() {
        let usual = self.settings()
        #expect((usual.logLimits.count, usual.logLimits.valueLength) == (128, nil))
        let set = self.settings([
            "OTEL_ATTRIBUTE_COUNT_LIMIT": "7", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "8",
            "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT": "0",
        ])
        #expect((set.logLimits.count, set.logLimits.valueLength) == (7, 0))
    }

    @Test func `A text is cut by characters`() {
        #expect(OTLPAttribute.Value.text("e\u{301}a").cut(at: 1).text == "e\u{301}")
        #expect(OTLPAttribute.Value.text("ab").cut(at: 3).text == "ab")
        #expect(OTLPAttribute.Value.text("ab").cut(at: nil).text == "ab")
        guard case .texts(let texts) = OTLPAttribute.Value.texts(["ab", "c"]).cut(at: 1) else {
            Issue.record("a list stays a list")
            return
        }
        #expect(texts == ["a", "c"])
    }

    @Test func `The log's level goes by OpenTelemetry's names`() {
        #expect(self.settings().logLevel == nil)
        #expect(self.settings(["OTEL_LOG_LEVEL": "WARN"]).logLevel == .warning)
        #expect(self.settings(["OTEL_LOG_LEVEL": "none"]).logLevel == .critical)
    }

    @Test(arguments: TelemetrySettings.Temporality.allCases)
    func `What counters and histograms count from is a preference`(temporality: TelemetrySettings.Temporality)
    {
        let variable = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"
        #expect(self.settings([variable: temporality.rawValue]).metricForm.temporality == temporality)
        #expect(self.settings().metricForm.temporality == .cumulative)
        #expect(temporality.isDelta(.counter) == (temporality == .delta))
        #expect(temporality.isDelta(.histogram) == (temporality != .cumulative))
        #expect(!temporality.isDelta(.gauge) && !temporality.isDelta(.info))
    }

    @Test(arguments: [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"), ("OTEL_EXPORTER_OTLP_HEADERS", "x"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x=%zz"), ("OTEL_METRIC_EXPORT_INTERVAL", "soon"),
        ("OTEL_BLRP_MAX_QUEUE_SIZE", "1e9"), ("OTEL_METRICS_EXPORTER", "prometheus"),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "h:4318"), ("OTEL_RESOURCE_ATTRIBUTES", "=x"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "Delta"),
        ("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "exponential"),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "-1"), ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "long"),
        ("OTEL_LOG_LEVEL", "loud"), ("OTEL_CONFIG_FILE", "/etc/otel.yaml"),
    ])
    func `A value that cannot be used is told and passed over`(variable: String, value: String) {
        let settings = self.settings([variable: value])
        #expect(settings.isWanted)
        #expect(Set(settings.complaints.map(\.variable)) == [variable])
        #expect(self.settings([variable: ""]).complaints.isEmpty)
    }
}

extension OTLPAttribute.Value {
    fileprivate var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}
