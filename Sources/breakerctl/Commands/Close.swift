import ArgumentParser
import BreakerClient

struct Close: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Force a breaker closed: every call passes and is counted.",
        discussion: """
            An override: no rule trips it until its time is up or `breakerctl auto` clears it. Then it \
            begins closed with an empty window. To close a breaker that may trip again, see \
            `breakerctl reset`.

            Examples:
              breakerctl close payments --for 1h --reason "false alarm, rule is being fixed"
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
        try await self.steering.override(.closed, for: self.length, globals: self.globals)
    }
}
