import ArgumentParser
import BreakerClient

struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What a day brought: trips, time open, calls refused, the worst dependencies.",
        discussion: """
            The worst breakers first. Calls are counted by the minute, for as long as the daemon is \
            configured to keep them (14 days); trips and times open come from its history.

            Examples:
              breakerctl report
              breakerctl report --since 7d --match 'pay*'
              breakerctl report --since 24h --html report.html
            """)

    private static let mostBreakers = 1_000

    @Option(
        help: ArgumentHelp("How far back, such as 30m, 24h or 7d.", valueName: "time"),
        transform: TimeSpan.typed)
    var since = TimeSpan.day

    @Option(
        help: "Only names that fit: * for any run of characters, ? for one. Quote it from the shell.",
        completion: .custom(BreakerNameCompletion.candidates), transform: NameArgument.glob)
    var match: String?

    @Option(help: ArgumentHelp("At most so many breakers, 1 to 1000.", valueName: "number"))
    var limit = 20

    @Option(
        help: ArgumentHelp("Make a page with charts of it, in this file.", valueName: "file"),
        completion: .file(extensions: ["html"]))
    var html: String?

    @Flag(help: "Replace that file if it exists.")
    var force = false

    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func validate() throws {
        guard (1...Report.mostBreakers).contains(self.limit) else {
            throw ValidationError("--limit takes 1 to \(Report.mostBreakers).")
        }
        if let html = self.html, html.isEmpty || html.hasSuffix("/") {
            throw ValidationError("--html must name a file.")
        }
        if self.force, self.html == nil { throw ValidationError("--force is for --html.") }
    }

    func run() async throws {
        try await self.globals.withClient { client in
            // By the daemon's clock, which wrote it all.
            let until = try await client.ping()
            let since = WallTime(
                unixMilliseconds: max(0, until.unixMilliseconds - Int64(self.since.milliseconds)))
            guard let html = self.html else {
                return try await self.show(of: client, since: since)
            }
            let report = try await PeriodReport.gather(
                from: client, since: since, match: self.match, limit: self.limit)
            try self.write(ReportPage(report: report, clock: .local).text, to: html)
        }
    }

    private func show(of client: BreakerClient, since: WallTime) async throws {
        if self.globals.json {
            var fields = RequestFields()
            fields.add("since_ms", .integer(Int(since.unixMilliseconds)))
            fields.add("match", self.match.map(RawField.string))
            fields.add("limit", .integer(self.limit))
            return try await self.globals.printReply(of: client, "summary", fields)
        }
        let report = try await PeriodReport.gather(
            from: client, since: since, match: self.match, limit: self.limit)
        let screen = self.globals.screen
        try screen.show(ReportTables(report: report, clock: .local).lines(width: screen.width))
    }

    private func write(_ page: String, to path: String) throws {
        do {
            let file = try NewFile(path, replacing: self.force)
            defer { file.discard() }
            try file.write(Array(page.utf8))
            try file.complete()
        } catch {
            throw ReportedFailure(failure: Failure(refused: error.message), json: self.globals.json)
        }
        if self.globals.json {
            return try Output.standard.write("{\"ok\":true,\"file\":\(ErrorReply.quoted(path))}")
        }
        try self.globals.screen.show(sentence: "\(path): the report, for a browser")
    }
}
