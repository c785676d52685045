import ArgumentParser
import BreakerClient

struct Auto: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Clear an override: the rules decide again.",
        discussion: """
            A breaker that was forced open goes to half-open, so that probes decide; any other begins \
            closed with an \
            empty window. Where there is no override nothing changes.

            Examples:
              breakerctl auto payments
            """)

    @OptionGroup var steering: SteeringOptions
    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func run() async throws {
        try await self.steering.override(.auto, for: nil, globals: self.globals)
    }
}
