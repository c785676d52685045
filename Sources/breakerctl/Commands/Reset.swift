import ArgumentParser
import BreakerClient

struct Reset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Close a breaker with an empty window, as if nothing had happened.",
        discussion: """
            The next trip is as short as the first. Refused while an override is in force.

            Examples:
              breakerctl reset payments --reason "deployed the fix"
            """)

    @OptionGroup var steering: SteeringOptions
    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func run() async throws {
        try await self.globals.withClient(about: self.steering.name) { client in
            if self.globals.json {
                return try await self.globals.printReply(of: client, "reset", self.steering.fields)
            }
            let standing = try await client.reset(
                self.steering.name, ifGeneration: self.steering.generation, note: self.steering.note.note)
            try self.globals.screen.show(sentence: CommandOutcome.reset(standing))
        }
    }
}
