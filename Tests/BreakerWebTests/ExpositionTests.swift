import BreakerCore
import BreakerServer
import NIOCore
import Testing

@testable import BreakerWeb

@Suite("The text of metrics")
struct ExpositionTests {
    private static let families = [
        MetricFamily(
            "x_calls", .counter, labels: ["breaker", "outcome"], help: "Calls \"so\" \\ far.",
            samples: [
                MetricSample("a", "success", .integer(12_345_678_901_234_567)),
                MetricSample("q\"b\\n\nü", "late", .integer(0)),
            ]),
        MetricFamily("x_empty", .gauge, help: "Nothing.", samples: []),
        MetricFamily(
            "x_wait_seconds", .gauge, unit: .seconds, labels: ["breaker"], help: "Waits.",
            samples: [0.25, 3, .infinity, -.infinity, .nan, 1e-7].map { MetricSample("a", "", .real($0)) }),
        MetricFamily(
            "x_took_seconds", .histogram, unit: .seconds, labels: ["breaker"], help: "Took.",
            samples: [
                MetricSample(
                    "a", "",
                    .histogram(MetricHistogram(bounds: [0.001, 1], counts: [2, 0, 1], sum: 2.5)))
            ]),
        MetricFamily(
            "x_build", .info, labels: ["version"], help: "Build.",
            samples: [MetricSample("1.0", "", .integer(1))]),
    ]

    @Test("Prometheus's own format")
    func prometheus() {
        #expect(
            self.text(.prometheus) == #"""
                # HELP x_calls_total Calls "so" \\ far.
                # TYPE x_calls_total counter
                x_calls_total{breaker="a",outcome="success"} 12345678901234567
                x_calls_total{breaker="q\"b\\n\nü",outcome="late"} 0
                # HELP x_wait_seconds Waits.
                # TYPE x_wait_seconds gauge
                x_wait_seconds{breaker="a"} 0.25
                x_wait_seconds{breaker="a"} 3
                x_wait_seconds{breaker="a"} +Inf
                x_wait_seconds{breaker="a"} -Inf
                x_wait_seconds{breaker="a"} NaN
                x_wait_seconds{breaker="a"} 1e-07
                # HELP x_took_seconds Took.
                # TYPE x_took_seconds histogram
                x_took_seconds_bucket{breaker="a",le="0.001"} 2
                x_took_seconds_bucket{breaker="a",le="1"} 2
                x_took_seconds_bucket{breaker="a",le="+Inf"} 3
                x_took_seconds_sum{breaker="a"} 2.5
                x_took_seconds_count{breaker="a"} 3
                # HELP x_build_info Build.
                # TYPE x_build_info gauge
                x_build_info{version="1.0"} 1

                """#)
    }

    @Test("OpenMetrics describes counters and infos by their stems, tells units and says where it ends")
    func openMetrics() {
        let lines = self.text(.openMetrics).split(separator: "\n").map(String.init)
        #expect(
            lines.prefix(3) == [
                #"# HELP x_calls Calls \"so\" \\ far."#, "# TYPE x_calls counter",
                #"x_calls_total{breaker="a",outcome="success"} 12345678901234567"#,
            ])
        #expect(lines.contains("# UNIT x_wait_seconds seconds"))
        #expect(lines.contains(#"x_took_seconds_bucket{breaker="a",le="1.0"} 2"#))
        #expect(
            lines.suffix(4) == [
                "# HELP x_build Build.", "# TYPE x_build info", #"x_build_info{version="1.0"} 1"#, "# EOF",
            ])
    }

    @Test(
        "The format is what the client prefers",
        arguments: [
            (nil, .prometheus), ("*/*", .prometheus), ("text/plain", .prometheus),
            ("application/openmetrics-text", .openMetrics),
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", .openMetrics),
            ("application/openmetrics-text; version=0.0.1", .prometheus),
            ("application/openmetrics-text;q=0", .prometheus),
            ("application/openmetrics-text;q=0.3, text/plain;q=0.5", .prometheus),
            ("text/*;q=0.5,Application/OpenMetrics-Text;q=0.5", .openMetrics),
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
            ),
            (";;,q=,", .prometheus),
        ] as [(String?, ExpositionFormat)])
    func negotiation(accept: String?, format: ExpositionFormat) {
        #expect(ExpositionFormat(accept: accept) == format)
    }

    private func text(_ format: ExpositionFormat) -> String {
        let snapshot = MetricSnapshot(
            families: Self.families, started: Instant(nanoseconds: 0), startedMilliseconds: 0,
            takenMilliseconds: 0)
        return String(buffer: Exposition.text(of: snapshot, as: format))
    }
}
