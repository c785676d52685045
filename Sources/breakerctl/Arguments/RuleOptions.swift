import ArgumentParser
import BreakerClient

/// What every command about an operator's rule takes.
struct RuleOptions: ParsableArguments {
    /// The largest integer of the protocol.
    private static let greatestRevision = 9_007_199_254_740_991

    @Option(
        help: ArgumentHelp(
            "Refuse if the policy revision is another one by now; `breakerctl policy list` shows it.",
            valueName: "number"))
    var ifRevision: Int?

    @OptionGroup var note: OperatorOptions

    func validate() throws {
        guard (0...RuleOptions.greatestRevision).contains(self.ifRevision ?? 0) else {
            throw ValidationError("--if-revision takes 0 to \(RuleOptions.greatestRevision).")
        }
    }

    var revision: UInt64? { self.ifRevision.map(UInt64.init) }

    /// The members of the raw request that these commands share.
    func fields(match: String, dryRun: Bool) -> RequestFields {
        var fields = RequestFields()
        fields.add("match", .string(match))
        fields.add("dry_run", dryRun ? .bool(true) : nil)
        fields.add("if_revision", self.ifRevision.map(RawField.integer))
        fields.add(self.note.note)
        return fields
    }
}

/// A rule as it is typed: a pattern and fields.
struct RuleArguments: ParsableArguments {
    @Argument(
        help:
            "The names that it is for: * for any run of characters, ? for one. Quote it from the shell.",
        completion: .custom(BreakerNameCompletion.candidates), transform: NameArgument.glob)
    var match: String

    @Argument(
        help: ArgumentHelp(
            "Fields and their values, such as failure_rate=0.3 window=30s slow_call=off.",
            valueName: "field=value"),
        completion: PolicyAssignment.completion, transform: { try PolicyAssignment($0) })
    var assignments: [PolicyAssignment]

    func validate() throws {
        _ = try BreakerPolicy(self.assignments)
    }

    /// The fields that were given.
    var policy: BreakerPolicy { get throws { try BreakerPolicy(self.assignments) } }
}
