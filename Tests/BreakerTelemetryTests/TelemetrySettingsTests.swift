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
            "OTEL_BLRP_MAX_QUEUE_SIZE": "100",
        ])
        #expect((set.metricInterval, set.logDelay) == (.milliseconds(500), .milliseconds(20)))
        #expect((set.logQueue, set.logBatch) == (100, 100))
    }

    @Test(arguments: [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"), ("OTEL_EXPORTER_OTLP_HEADERS", "x"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x=%zz"), ("OTEL_METRIC_EXPORT_INTERVAL", "soon"),
        ("OTEL_BLRP_MAX_QUEUE_SIZE", "1e9"), ("OTEL_METRICS_EXPORTER", "prometheus"),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "h:4318"), ("OTEL_RESOURCE_ATTRIBUTES", "=x"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta"),
    ])
    func `A value that cannot be used is told and passed over`(variable: String, value: String) {
        let settings = self.settings([variable: value])
        #expect(settings.isWanted)
        #expect(Set(settings.complaints.map(\.variable)) == [variable])
        #expect(self.settings([variable: ""]).complaints.isEmpty)
    }
}
