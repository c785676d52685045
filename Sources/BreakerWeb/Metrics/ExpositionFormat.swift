/// The texts that Prometheus reads.
package enum ExpositionFormat: Sendable {
    /// <https://prometheus.io/docs/instrumenting/exposition_formats/>, version 0.0.4.
    case prometheus
    /// <https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md>.
    case openMetrics

    package var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// What a client wants that sends `Accept`, or nothing: OpenMetrics where it says so and likes nothing
    /// better.
    package init(accept: String?) {
        var openMetrics = 0.0
        var text = 0.0
        for range in (accept ?? "").lowercased().split(separator: ",") {
            let parts = range.split(separator: ";").map(ExpositionFormat.trimmed)
            guard let type = parts.first else { continue }
            let weight = ExpositionFormat.weight(parts.dropFirst())
            switch type {
            case "application/openmetrics-text" where ExpositionFormat.isSpoken(parts.dropFirst()):
                openMetrics = max(openMetrics, weight)
            case "text/plain", "text/*":
                text = max(text, weight)
            case _:
                break
            }
        }
        self = openMetrics > 0 && openMetrics >= text ? .openMetrics : .prometheus
    }

    /// Of the versions only 1.0.0, which is also meant where none is named.
    private static func isSpoken(_ parameters: ArraySlice<Substring>) -> Bool {
        parameters.allSatisfy { !$0.hasPrefix("version=") || $0 == "version=1.0.0" }
    }

    private static func weight(_ parameters: ArraySlice<Substring>) -> Double {
        guard let text = parameters.first(where: { $0.hasPrefix("q=") }) else { return 1 }
        return Double(text.dropFirst(2)).map { min(max($0, 0), 1) } ?? 0
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop { $0 == " " || $0 == "\t" }
        return start.prefix { $0 != " " && $0 != "\t" }
    }
}
