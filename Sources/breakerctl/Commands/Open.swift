import ArgumentParser
import BreakerClient

struct Open: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Force a breaker open: every call is refused.",
        discussion: """
            An override: no rule changes it until its time is up or `breakerctl auto` clears it. Then \
            probes decide.
            To open a breaker that recovers by itself, see `breakerctl trip`.

            Examples:
              breakerctl open payments --for 10m --reason INC-7
              breakerctl open payments --if-generation 41
            """)

    @OptionGroup var steering: SteeringOptions

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "How long, such as 10m, at most 365d; until cleared where it is not given.", valueName: "duration"
        ), transform: TimeSpan.typed)
    var length: TimeSpan?

    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func validate() throws { try TimeSpan.checkFor(self.length, most: .year) }

    func run() async throws {
        try await self.steering.override(.open, for: self.length, globals: self.globals)
    }
}
