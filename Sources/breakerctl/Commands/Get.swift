import ArgumentParser
import BreakerClient

struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Explain one breaker: why it is as it is, its figures, its policy.",
        discussion: """
            The first line below the name says in one sentence why the breaker is as it is. Below stand its \
            figures, and the policy in effect with where each field comes from.

            Examples:
              breakerctl get payments
              breakerctl get payments --json | jq .window
            """)

    @Argument(
        help: "The breaker.", completion: .custom(BreakerNameCompletion.candidates),
        transform: NameArgument.name)
    var name: String

    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func run() async throws {
        try await self.globals.withClient(about: self.name) { client in
            if self.globals.json {
                var fields = RequestFields()
                fields.add("breaker", .string(self.name))
                return try await self.globals.printReply(of: client, "get", fields)
            }
            let report = try await StatusReport(asking: client, about: self.name)
            let screen = self.globals.screen
            try screen.show(report.lines(on: screen))
        }
    }
}
