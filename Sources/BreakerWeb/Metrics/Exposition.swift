// Families as Prometheus reads them. Both formats are lines of UTF-8; OpenMetrics names counters and infos
// without their suffix where it describes them, tells units, and has an end.
//
// Bytes go straight into one buffer: a scrape of a thousand breakers has twenty thousand lines.

package import BreakerServer
package import NIOCore

package struct Exposition {
    private let format: ExpositionFormat
    private var output: ByteBuffer

    /// Bytes of a line about one of many breakers, about.
    private static let lineBytes = 96

    package static func text(of snapshot: MetricSnapshot, as format: ExpositionFormat) -> ByteBuffer {
        let lines = snapshot.families.reduce(0) { $0 + $1.samples.count + 16 }
        var exposition = Exposition(format: format, capacity: lines * Exposition.lineBytes)
        for family in snapshot.families { exposition.write(family) }
        if format == .openMetrics { exposition.output.writeStaticString("# EOF\n") }
        return exposition.output
    }

    private init(format: ExpositionFormat, capacity: Int) {
        self.format = format
        self.output = ByteBufferAllocator().buffer(capacity: capacity)
    }

    private mutating func write(_ family: MetricFamily) {
        // Nothing to tell, nothing to describe.
        guard !family.samples.isEmpty else { return }
        self.describe(family)
        let name = family.sampleName
        for sample in family.samples {
            switch sample.value {
            case .integer(let value):
                self.write(name, family.labels, sample)
                self.output.writeInteger(decimal: value)
                self.output.writeInteger(UInt8(ascii: "\n"))
            case .real(let value):
                self.write(name, family.labels, sample)
                self.output.writeReal(value)
                self.output.writeInteger(UInt8(ascii: "\n"))
            case .histogram(let histogram):
                self.write(histogram, name, family.labels, sample)
            }
        }
    }

    private mutating func describe(_ family: MetricFamily) {
        let name = self.format == .openMetrics ? family.name : family.sampleName
        self.output.writeString("# HELP \(name) ")
        self.output.writeEscaped(family.help, quotes: self.format == .openMetrics)
        self.output.writeString("\n# TYPE \(name) \(self.format.word(for: family.kind))\n")
        if self.format == .openMetrics, let unit = family.unit {
            self.output.writeString("# UNIT \(name) \(unit.rawValue)\n")
        }
    }

    /// A sample up to its value.
    private mutating func write(_ name: String, _ labels: [String], _ sample: MetricSample) {
        self.output.writeString(name)
        if let first = labels.first {
            self.write(label: first, sample.first, after: UInt8(ascii: "{"))
            if labels.count > 1 { self.write(label: labels[1], sample.second, after: UInt8(ascii: ",")) }
            self.output.writeInteger(UInt8(ascii: "}"))
        }
        self.output.writeInteger(UInt8(ascii: " "))
    }

    private mutating func write(label: String, _ value: String, after separator: UInt8) {
        self.output.writeInteger(separator)
        self.output.writeString(label)
        self.output.writeStaticString("=\"")
        self.output.writeEscaped(value, quotes: true)
        self.output.writeInteger(UInt8(ascii: "\""))
    }
}

extension Exposition {
    /// Cumulative buckets, the sum and the count.
    private mutating func write(
        _ histogram: MetricHistogram, _ name: String, _ labels: [String], _ sample: MetricSample
    ) {
        var below: UInt64 = 0
        for (index, count) in histogram.counts.enumerated() {
            below += count
            let bound = index < histogram.bounds.count ? histogram.bounds[index] : nil
            self.write("\(name)_bucket", labels + ["le"], sample, bound: bound)
            self.output.writeInteger(decimal: Int64(clamping: below))
            self.output.writeInteger(UInt8(ascii: "\n"))
        }
        self.write("\(name)_sum", labels, sample)
        self.output.writeReal(histogram.sum)
        self.output.writeInteger(UInt8(ascii: "\n"))
        self.write("\(name)_count", labels, sample)
        self.output.writeInteger(decimal: Int64(clamping: below))
        self.output.writeInteger(UInt8(ascii: "\n"))
    }

    /// A bucket up to its count. A family of histograms has at most one label of its own.
    private mutating func write(
        _ name: String, _ labels: [String], _ sample: MetricSample, bound: Double?
    ) {
        let text = bound.map { self.format.bound($0) } ?? "+Inf"
        let bucket =
            labels.count == 1
            ? MetricSample(text, "", sample.value) : MetricSample(sample.first, text, sample.value)
        self.write(name, labels, bucket)
    }
}

extension MetricFamily {
    /// As its samples are called.
    fileprivate var sampleName: String {
        switch self.kind {
        case .counter: "\(self.name)_total"
        case .info: "\(self.name)_info"
        case .gauge, .histogram: self.name
        }
    }
}

extension ExpositionFormat {
    /// A bucket's upper end: OpenMetrics wants to see that it is no integer.
    fileprivate func bound(_ value: Double) -> String {
        let text = "\(value)"
        return self == .prometheus && text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    fileprivate func word(for kind: MetricFamily.Kind) -> String {
        switch kind {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        // The older format has no such kind.
        case .info: self == .openMetrics ? "info" : "gauge"
        }
    }
}
