import ArgumentParser
import BreakerClient

struct Sessions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Who is connected to the daemon.",
        discussion: """
            PERMITS are probes that a client holds now.

            Examples:
              breakerctl sessions
            """)

    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func run() async throws {
        try await self.globals.withClient { client in
            if self.globals.json { return try await self.globals.printReply(of: client, "sessions") }
            try self.globals.screen.show(SessionTable.table(of: try await client.sessions()))
        }
    }
}
