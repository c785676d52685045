import ArgumentParser
import BreakerClient

struct PolicyGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "The policy in effect for a name, and where each field comes from.",
        discussion: """
            The breaker need not exist yet.

            Examples:
              breakerctl policy get payments
            """)

    @Argument(
        help: "A breaker's name.", completion: .custom(BreakerNameCompletion.candidates),
        transform: NameArgument.name)
    var name: String

    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func run() async throws {
        try await self.globals.withClient { client in
            if self.globals.json {
                var fields = RequestFields()
                fields.add("breaker", .string(self.name))
                return try await self.globals.printReply(of: client, "policy.get", fields)
            }
            try self.globals.screen.show(PolicyTables.effective(try await client.policyGet(self.name)))
        }
    }
}
