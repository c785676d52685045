/// The rounds of one thing measured.
final class Series {
    private let name: String
    private var nanoseconds: [Double] = []
    private var allocations: [Double] = []

    init(_ name: String) { self.name = name }

    func add(_ calls: Int, _ cost: Cost) {
        self.nanoseconds.append(Double(cost.nanoseconds) / Double(calls))
        if let count = cost.allocations { self.allocations.append(Double(count) / Double(calls)) }
    }

    /// One line: name, nanoseconds a call, ratio and allocations a call (`-`: nobody counted), with tabs
    /// between.
    func line(beside other: Series) -> String {
        let (own, base) = (median(self.nanoseconds), median(other.nanoseconds))
        let count = self.allocations.isEmpty ? "-" : "\(rounded(median(self.allocations), 1_000))"
        return "\(self.name)\t\(rounded(own, 10))\t\(rounded(own / base, 100))\t\(count)"
    }
}

private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

private func rounded(_ value: Double, _ unit: Double) -> Double { (value * unit).rounded() / unit }
