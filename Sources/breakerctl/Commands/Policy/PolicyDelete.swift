import ArgumentParser
import BreakerClient

struct PolicyDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete an operator's rule.",
        discussion: """
            Takes the rule's own pattern, as `breakerctl policy list` shows it. The file's rules are not \
            touched.

            Examples:
              breakerctl policy delete 'pay*' --dry-run
              breakerctl policy delete 'pay*'
            """)

    @Argument(help: "The rule's pattern.", transform: NameArgument.glob)
    var match: String

    @Flag(help: "Say what it would reach, but change nothing.")
    var dryRun = false

    @OptionGroup var options: RuleOptions
    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func run() async throws {
        try await self.globals.withClient { client in
            if self.globals.json {
                let fields = self.options.fields(match: self.match, dryRun: self.dryRun)
                return try await self.globals.printReply(of: client, "policy.delete", fields)
            }
            let change = try await client.policyDelete(
                match: self.match, dryRun: self.dryRun, ifRevision: self.options.revision,
                note: self.options.note.note)
            try self.globals.screen.show(
                sentence: PolicyTables.outcome(change, done: "deleted for \(self.match)"))
        }
    }
}
