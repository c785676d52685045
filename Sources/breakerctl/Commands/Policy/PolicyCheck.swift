import ArgumentParser

struct PolicyCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a rule and say what it would reach: `policy set --dry-run`.",
        discussion: """
            Examples:
              breakerctl policy check 'pay*' failure_rate=0.3 window=30s
            """)

    @OptionGroup var rule: RuleArguments
    @OptionGroup var options: RuleOptions
    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func run() async throws {
        try await self.rule.set(dryRun: true, options: self.options, globals: self.globals)
    }
}
