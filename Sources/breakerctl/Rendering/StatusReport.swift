// What `breakerctl get` prints: the sentence first, since it is what was asked for; then the figures it rests
// on.

import BreakerClient

/// One breaker in full.
struct StatusReport: Sendable {
    let status: BreakerStatus
    /// What opened it, before failed probes or an operator opened it anew; nil: it never opened.
    let opening: Opening?
    /// Where the policy's fields come from, by name.
    let sources: [String: EffectivePolicy.Origin]
    let clock: Clock

    func lines(on screen: Screen) -> [Line] {
        let label = StateLabel(self.status.state, override: self.status.override)
        let title =
            Line(self.status.breaker, .bold) + "  " + label.line(shapes: screen.shapes)
            + Line("  generation \(self.status.generation)", .dim)
        var lines = [title]
        lines += Prose.lines(Explanation(status: self.status).sentence, width: screen.width)
        if let origin { lines += Prose.lines(origin, width: screen.width) }
        lines.append(Line())
        lines += self.sections.lines(width: screen.width)
        return lines
    }

    /// What began it, where that is not what the sentence tells.
    private var origin: String? {
        guard self.status.state != .closed, let opening, let trip = self.status.lastTrip,
            opening != Opening(trip)
        else { return nil }
        return "opened first at \(self.clock.dateAndTime(opening.at)): \(opening.reason.words)"
    }

    private var sections: Sections {
        var sections = Sections()
        self.addState(to: &sections)
        self.addWindow(to: &sections)
        self.addInstances(to: &sections)
        self.addRefused(to: &sections)
        self.addTotals(to: &sections)
        self.addPolicy(to: &sections)
        return sections
    }

    private func addState(to sections: inout Sections) {
        let probes = self.status.probes
        sections.heading("State")
        sections.add("in this state for", Line(Span.past(self.status.timeInState)))
        sections.add("deadline in", self.status.retryAfter.map { Line(Span.left($0)) })
        if self.status.state == .halfOpen {
            sections.add("probes out", Line(probes.outstanding.grouped))
            sections.add(
                "probes succeeded", Line("\(probes.successes) of \(probes.successes + probes.needed)"))
        }
        if let trip = self.status.lastTrip {
            let why = self.sentenceTellsTrip ? "" : ": \(trip.reason.words)"
            sections.add("last opened", Line("\(self.clock.dateAndTime(trip.at))\(why)"))
            sections.add("traces behind it", Line(trip.reason.traces.joined(separator: " ")))
        }
    }

    private var sentenceTellsTrip: Bool {
        switch self.status.state {
        case .open, .halfOpen: self.status.override == nil
        case .closed: false
        }
    }

    private func addWindow(to sections: inout Sections) {
        let window = self.status.window
        sections.heading("Window")
        sections.add("calls", Line(window.calls.grouped))
        sections.add("failures", self.share(window.failures, window.failureRate))
        sections.add("slow", window.slow > 0 ? self.share(window.slow, window.slowCallRate) : nil)
        sections.add("failures in a row", Line(window.consecutiveFailures.grouped))
        sections.add(
            "instances", Line("\(window.reporters.grouped), \(window.failingReporters.grouped) with failures")
        )
        self.addLatency(to: &sections)
    }

    private func addInstances(to sections: inout Sections) {
        guard let instances = InstanceWords(self.status, self.opening, clock: self.clock) else { return }
        sections.heading(instances.title)
        for share in instances.shares { sections.add(share.instance, Line(instances.words(of: share))) }
    }

    private func addRefused(to sections: inout Sections) {
        guard !self.status.refusedInstances.isEmpty else { return }
        sections.heading("Instances whose calls are refused")
        for share in self.status.refusedInstances {
            let part = "\(Percent.words(share.share)) of refused calls: \(share.rejected.grouped)"
            sections.add(share.instance, Line(part))
        }
    }

    private func addLatency(to sections: inout Sections) {
        guard let latency = self.status.latency else { return }
        sections.add("half took up to", Line(Span.brief(latency.p50)))
        sections.add("90 % took up to", Line(Span.brief(latency.p90)))
        sections.add("99 % took up to", Line(Span.brief(latency.p99)))
    }

    private func share(_ part: Int, _ rate: Double) -> Line {
        Line("\(part.grouped)\(self.status.window.calls > 0 ? " (\(Percent.words(rate)))" : "")")
    }

    private func addTotals(to sections: inout Sections) {
        let totals = self.status.totals
        let figures = [
            ("success", totals.success), ("failure", totals.failure), ("timeout", totals.timeout),
            ("ignored", totals.ignored), ("rejected", totals.rejected), ("late", totals.late),
            ("lost probes", totals.lostProbes),
        ]
        sections.heading("Totals")
        for (label, count) in figures { sections.add(label, Line(count.grouped)) }
    }

    private func addPolicy(to sections: inout Sections) {
        guard let policy = self.status.policy else { return }
        let assignments = policy.assignments
        let column = (assignments.map { Line($0.value).width }.max() ?? 0) + 2
        sections.heading("Policy")
        for (field, value) in assignments {
            let source = self.sources[field].map(\.words) ?? ""
            sections.add(field, Line(value).padded(to: column) + Line(source, .dim))
        }
    }
}

extension EffectivePolicy.Origin {
    /// `operator, for pay*`.
    var words: String {
        self.match.map { "\(self.source), for \($0)" } ?? "\(self.source)"
    }
}
