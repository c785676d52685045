// What the daemon tells monitoring, whichever format it is then written in.

/// All samples of one name.
package struct MetricFamily: Sendable {
    package enum Kind: Sendable {
        /// Only grows, from 0 at the sample's start.
        case counter
        case gauge
        /// Of durations in seconds, cumulative since the sample's start.
        case histogram
        /// Always 1: its labels are what it tells.
        case info
    }

    /// A base unit; the last word of the name.
    package enum Unit: String, CaseIterable, Sendable {
        case seconds, bytes, ratio
    }

    /// Without what a format appends for the kind: `breakerd_calls`, whose samples Prometheus knows as
    /// `breakerd_calls_total`.
    package let name: String
    /// One line, without an end.
    package let help: String
    package let kind: Kind
    package let unit: Unit?
    /// Names of the labels that each sample has, at most two.
    package let labels: [String]
    package let samples: [MetricSample]

    package init(
        _ name: String, _ kind: Kind, unit: Unit? = nil, labels: [String] = [], help: String,
        samples: [MetricSample]
    ) {
        self.name = name
        self.help = help
        self.kind = kind
        self.unit = unit
        self.labels = labels
        self.samples = samples
    }
}
