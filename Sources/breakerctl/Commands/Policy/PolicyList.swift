import ArgumentParser
import BreakerClient

struct PolicyList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "All rules, the operators' first, then the file's.",
        discussion: """
            Examples:
              breakerctl policy list
            """)

    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func run() async throws {
        try await self.globals.withClient { client in
            if self.globals.json { return try await self.globals.printReply(of: client, "policy.list") }
            let rules = try await client.policyList()
            if rules.rules.isEmpty {
                try Output.error.write("no rules: the defaults and what clients declare are in effect")
            } else {
                try self.globals.screen.show(PolicyTables.rules(rules, clock: .local))
            }
            try self.globals.screen.show(Line("policy revision \(rules.revision)", .dim))
        }
    }
}
