import ArgumentParser
import BreakerClient

struct Stats: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The daemon's own figures: uptime, breakers, database, requests, errors.",
        discussion: """
            Examples:
              breakerctl stats
              breakerctl stats --json | jq -e '.store.status == "ok"'
            """)

    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func run() async throws {
        try await self.globals.withClient { client in
            if self.globals.json { return try await self.globals.printReply(of: client, "stats") }
            let screen = self.globals.screen
            let report = StatsReport(stats: try await client.stats(), clock: .local)
            try screen.show(report.sections.lines(width: screen.width))
        }
    }
}
