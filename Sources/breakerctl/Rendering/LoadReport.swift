// What `breakerctl bench` prints: how fast the daemon was, then what makes a reader trust that or not.

import BreakerClient
import Foundation

/// A load's figures.
struct LoadReport: Sendable {
    /// From here on the generator, not the daemon, may be what limits a closed loop.
    private static let busyLimit = 0.9

    let result: LoadResult

    init(_ result: LoadResult) { self.result = result }

    /// What is about to happen, on a line of its own.
    static func heading(_ plan: LoadPlan, at endpoint: Endpoint) -> String {
        let loop = plan.rate.map { "open loop of \($0.grouped) requests a second" } ?? "closed loop"
        let length =
            switch plan.length {
            case .time(let time): Span.exact(time)
            case .requests(let count): count.of("request")
            }
        let warmUp = plan.warmUp > .zero ? " after \(Span.exact(plan.warmUp)) of warm-up" : ""
        return "\(endpoint): \(loop), \(plan.connections.of("connection")), pipeline \(plan.pipeline), "
            + "\(plan.breakers.of("breaker")), \(plan.mix.spelled), \(length)\(warmUp)"
    }

    func lines(width: Int?) -> [Line] {
        [Line()] + self.table.lines(width: width) + [Line()] + self.sections.lines(width: width)
    }

    /// What was wrong, for standard error; nil where nothing was.
    var complaint: String? {
        if case .failed(let failure) = self.result.end {
            return failure.message(at: self.result.endpoint.description)
        }
        let errors = self.result.tally.all.errors
        guard errors > 0 else { return nil }
        return "\(errors.of("request")) failed: \(self.errorWords)"
    }

    // MARK: Text

    private var table: Table {
        var table = Table([
            Table.Column(title: "OPERATION"), Table.Column(title: "REPLIES", right: true),
            Table.Column(title: "A SECOND", right: true), Table.Column(title: "P50", right: true),
            Table.Column(title: "P90", right: true, yields: true), Table.Column(title: "P99", right: true),
            Table.Column(title: "P99.9", right: true, yields: true), Table.Column(title: "MAX", right: true),
        ])
        let shares = self.result.plan.mix.shares
        for (operation, _) in shares { table.add(self.row(operation.name, self.result.tally[operation])) }
        if shares.count > 1 { table.add(self.row("all", self.result.tally.all, .bold)) }
        return table
    }

    private func row(_ name: String, _ figures: LoadFigures, _ ink: Ink = .plain) -> [Line] {
        let counts = [figures.replies.grouped, Int(self.result.perSecond(figures.replies)).grouped]
        let times = [50, 90, 99, 99.9].map { figures.percentile($0) } + [figures.longest]
        let words = figures.replies > 0 ? times.map(Span.brief) : times.map { _ in "-" }
        return ([name] + counts + words).map { Line($0, ink) }
    }

    private var sections: Sections {
        let result = self.result
        let all = result.tally.all
        var sections = Sections()
        sections.heading("Replies")
        sections.add("refused", Line(all.refused.grouped))
        sections.add(
            "errors", all.errors > 0 ? Line("\(all.errors.grouped): \(self.errorWords)", .red) : Line("0"))
        sections.add(result.end == .stopped ? "under way" : "unanswered", self.unanswered)
        self.addPace(to: &sections)
        sections.heading("Load")
        sections.add("measured", Line("\(Span.exact(result.measured.inTenths))\(self.interruption)"))
        sections.add("generator", self.generator)
        return sections
    }

    private var unanswered: Line? {
        guard self.result.unanswered > 0 else { return nil }
        let time = Span.brief(self.result.longestUnanswered)
        return Line(
            "\(self.result.unanswered.grouped), the oldest for \(time)",
            self.result.end == .stopped ? .plain : .yellow)
    }

    /// What an open loop was to do, and whether it could.
    private func addPace(to sections: inout Sections) {
        let result = self.result
        guard let rate = result.plan.rate else { return }
        let lag = "sent \(Span.brief(result.latestSend)) after they were due, at most"
        let unsent = result.unsent > 0 ? ", \(result.unsent.grouped) of them never sent" : ""
        sections.heading("Pace")
        sections.add("offered", Line("\(rate.grouped) a second"))
        sections.add("achieved", Line("\(Int(result.perSecond(result.tally.all.replies)).grouped) a second"))
        sections.add("requests", Line(lag))
        sections.add(
            "behind at the end",
            Line("\(result.behind.of("request"))\(unsent)", result.behind > 0 ? .yellow : .plain))
    }

    private var interruption: String {
        switch self.result.end {
        case .done: ""
        case .stopped: ", then interrupted"
        case .failed: ", then the load broke off"
        }
    }

    private var generator: Line {
        let threads = self.result.plan.threads
        let words = "\(threads.of("thread")), \(Percent.words(self.result.busy)) busy"
        guard self.result.busy > LoadReport.busyLimit else { return Line(words) }
        return Line(words + ": it may be the limit, not the daemon; try more --threads", .yellow)
    }

    private var errorWords: String {
        self.result.tally.errorCodes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.key) \($0.value.grouped)" }.joined(separator: ", ")
    }
}

extension Duration {
    /// Rounded to tenths of a second where it is longer than one, else to milliseconds.
    fileprivate var inTenths: Duration {
        let seconds = self / .seconds(1)
        return seconds < 1
            ? .milliseconds((seconds * 1_000).rounded()) : .milliseconds((seconds * 10).rounded() * 100)
    }
}
