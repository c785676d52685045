import ArgumentParser
import BreakerClient

/// What every command that changes one breaker takes.
struct SteeringOptions: ParsableArguments {
    /// The largest integer of the protocol.
    private static let greatestGeneration = 9_007_199_254_740_991

    @Argument(
        help: "The breaker; created if it does not exist.",
        completion: .custom(BreakerNameCompletion.candidates), transform: NameArgument.name)
    var name: String

    @Option(
        help: ArgumentHelp(
            "Refuse if the breaker has another generation by now; `breakerctl get` shows it.",
            valueName: "number"))
    var ifGeneration: Int?

    @OptionGroup var note: OperatorOptions

    func validate() throws {
        guard (0...SteeringOptions.greatestGeneration).contains(self.ifGeneration ?? 0) else {
            throw ValidationError("--if-generation takes 0 to \(SteeringOptions.greatestGeneration).")
        }
    }

    var generation: UInt64? { self.ifGeneration.map(UInt64.init) }

    /// The members of the raw request that all of these commands share.
    var fields: RequestFields {
        var fields = RequestFields()
        fields.add("breaker", .string(self.name))
        fields.add("if_generation", self.ifGeneration.map(RawField.integer))
        fields.add(self.note.note)
        return fields
    }
}
