import ArgumentParser
import BreakerClient

struct Disable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take a breaker out of the way: every call passes, nothing is judged.",
        discussion: """
            An override like `close`, but calls enter no window, only the totals.

            Examples:
              breakerctl disable payments --reason "load test"
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
        try await self.steering.override(.disabled, for: self.length, globals: self.globals)
    }
}
