import ArgumentParser

struct PolicySet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Set an operator's rule, replacing the former one of the same pattern as a whole.",
        discussion: """
            In force at once, and kept over restarts. Existing breakers keep their state.

            Fields:
            \(PolicyField.helpLines)

            Examples:
              breakerctl policy set 'pay*' failure_rate=0.3 window=30s
              breakerctl policy set payments slow_call=250ms slow_call_rate=50% --reason INC-7
              breakerctl policy set '*' open_for=10s --dry-run
              breakerctl policy set '*' open_for=10s --if-revision 12
            """)

    @OptionGroup var rule: RuleArguments

    @Flag(help: "Check it and say what it would reach, but change nothing.")
    var dryRun = false

    @OptionGroup var options: RuleOptions
    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func run() async throws {
        try await self.rule.set(dryRun: self.dryRun, options: self.options, globals: self.globals)
    }
}
