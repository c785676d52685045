import BreakerClient

/// Calls over time as stacked bars: succeeded, failed, refused; a mark above where breakers tripped.
struct CallsChart {
    private static let width = 960.0
    private static let height = 180.0
    /// Above the bars, for marks.
    private static let headroom = 16.0

    let steps: [PeriodSummary.Step]
    let clock: Clock

    var svg: HTML {
        let bars = self.steps.indices.map { self.bar($0) }
        let full = CallsChart.height + CallsChart.headroom
        return """
            <svg viewBox="0 0 \(CallsChart.width) \(full + 18)" role="img" \
            aria-label="Calls over time: succeeded, failed, refused">
            \(bars)<line class="axis" x1="0" x2="\(CallsChart.width)" y1="\(full)" y2="\(full)"/>
            \(self.times(below: full))</svg>
            """
    }

    /// The most calls of a step.
    private var most: Double { Double(self.steps.map(\.calls.shown).max() ?? 0) }
    private var stride: Double { CallsChart.width / Double(max(1, self.steps.count)) }

    private func bar(_ index: Int) -> HTML {
        let step = self.steps[index]
        let x = Double(index) * self.stride
        var bottom = CallsChart.height + CallsChart.headroom
        var parts: [HTML] = []
        for (kind, count) in step.calls.parts where count > 0 {
            // Whatever there was is to be seen.
            let height = max(1, Double(count) / self.most * CallsChart.height)
            bottom -= height
            parts.append(
                """
                <rect class="\(kind)" x="\(x)" y="\(max(CallsChart.headroom, bottom))" \
                width="\(max(1, self.stride - 1))" height="\(height)"/>
                """)
        }
        if step.trips > 0 {
            let (left, right) = (x, x + max(5, self.stride - 1))
            parts.append("<path class=\"trip\" d=\"M\(left) 3 H\(right) L\((left + right) / 2) 12 Z\"/>")
        }
        return "<g><title>\(self.words(step))</title>\(parts)</g>"
    }

    private func words(_ step: PeriodSummary.Step) -> String {
        let trips = step.trips > 0 ? ", \(step.trips.of("trip"))" : ""
        let refused = step.calls.rejected
        return "\(self.clock.dateAndTime(step.at)): \(step.calls.judged.of("call")), "
            + "\(step.calls.failed.grouped) failed, \(refused.grouped) refused\(trips)"
    }

    /// The time at each quarter.
    private func times(below y: Double) -> [HTML] {
        guard !self.steps.isEmpty else { return [] }
        return (0..<4).map { quarter in
            let index = quarter * self.steps.count / 4
            let x = Double(index) * self.stride
            return "<text x=\"\(x)\" y=\"\(y + 14)\">\(self.clock.dateAndTime(self.steps[index].at))</text>"
        }
    }
}

extension PeriodCounts {
    /// What a bar consists of, from below.
    fileprivate var parts: [(kind: HTML, count: UInt64)] {
        [("good", self.success), ("bad", self.failed), ("refused", self.rejected)]
    }

    fileprivate var shown: UInt64 { self.success + self.failed + self.rejected }
}
