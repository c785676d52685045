import ArgumentParser
import BreakerClient

struct Trip: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Open a breaker as a rule would; it recovers by itself.",
        discussion: """
            Refused while an override is in force.

            Examples:
              breakerctl trip payments --reason drill
              breakerctl trip payments --for 10s
            """)

    @OptionGroup var steering: SteeringOptions

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "How long until the first probe, such as 10s, at most 1d; as the policy says where it is "
                + "not given.",
            valueName: "duration"), transform: TimeSpan.typed)
    var length: TimeSpan?

    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func validate() throws { try TimeSpan.checkFor(self.length, most: .day) }

    func run() async throws {
        try await self.globals.withClient(about: self.steering.name) { client in
            if self.globals.json {
                var fields = self.steering.fields
                fields.add("for_ms", (self.length?.milliseconds).map(RawField.number))
                return try await self.globals.printReply(of: client, "trip", fields)
            }
            let standing = try await client.trip(
                self.steering.name, for: self.length?.duration, ifGeneration: self.steering.generation,
                note: self.steering.note.note)
            let outcome = CommandOutcome.trip(for: self.length?.duration, standing)
            try self.globals.screen.show(sentence: outcome)
        }
    }
}
