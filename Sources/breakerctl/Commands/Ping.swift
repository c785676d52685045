import ArgumentParser
import BreakerClient

struct Ping: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask whether the daemon answers, and how fast.",
        discussion: """
            Exit status 0 if it does, 69 if it does not: fit for a health check.

            Examples:
              breakerctl ping --timeout 500ms
            """)

    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func run() async throws {
        try await self.globals.withClient { client in
            if self.globals.json { return try await self.globals.printReply(of: client, "ping") }
            _ = try await client.ping()
            // The second one measures the round trip alone: the connection is there by now.
            let started = ContinuousClock.now
            _ = try await client.ping()
            let took = ContinuousClock.now - started
            let places = client.endpoints.map(\.description).joined(separator: " or ")
            try self.globals.screen.show(
                sentence: "the daemon at \(places) answers in \(Span.brief(took))")
        }
    }
}
