/// The rounds of one body.
final class Series {
    private let name: String
    private var nanoseconds: [Double] = []
    private var allocations: [Double] = []

    init(_ name: String) { self.name = name }

    func add(_ turns: Int, _ cost: Cost) {
        self.nanoseconds.append(Double(cost.nanoseconds) / Double(turns))
        if let count = cost.allocations(turns) { self.allocations.append(count) }
    }

    /// One line: name, nanoseconds a turn, ratio and allocations a turn, with tabs between.
    func line(beside other: Series) -> String {
        let (own, base) = (median(self.nanoseconds), median(other.nanoseconds))
        let count = Series.text(allocations: self.allocations.isEmpty ? nil : median(self.allocations))
        return "\(self.name)\t\(rounded(own, 10))\t\(rounded(own / base, 100))\t\(count)"
    }

    /// With three decimals; `-`: nobody counts them.
    static func text(allocations: Double?) -> String {
        allocations.map { "\(rounded($0, 1_000))" } ?? "-"
    }
}

private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

private func rounded(_ value: Double, _ unit: Double) -> Double { (value * unit).rounded() / unit }
