import ArgumentParser
import BreakerClient

struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What happened, newest first: transitions, commands, changes of rules.",
        discussion: """
            Examples:
              breakerctl history payments
              breakerctl history --limit 200
              breakerctl history --before 8122        the events older than number 8122
            """)

    private static let most = 1_000
    private static let greatestEvent = 9_007_199_254_740_991

    @Argument(
        help: "The breaker; all, and the changes of rules, where there is none.",
        completion: .custom(BreakerNameCompletion.candidates), transform: NameArgument.name)
    var name: String?

    @Option(help: ArgumentHelp("At most so many events, 1 to 1000.", valueName: "number"))
    var limit = 50

    @Option(help: ArgumentHelp("Only events before the one of this number.", valueName: "event"))
    var before: Int?

    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func validate() throws {
        guard (1...History.most).contains(self.limit) else {
            throw ValidationError("--limit takes 1 to \(History.most); --before shows what is older.")
        }
        guard (1...History.greatestEvent).contains(self.before ?? 1) else {
            throw ValidationError("--before takes an event's number, 1 to \(History.greatestEvent).")
        }
    }

    func run() async throws {
        try await self.globals.withClient(about: self.name) { client in
            if self.globals.json {
                return try await self.globals.printReply(of: client, "history", self.fields)
            }
            let events = try await client.history(
                self.name, limit: self.limit, before: self.before.map(UInt64.init))
            guard let oldest = events.last else {
                return try Output.error.write("nothing has happened\(self.name.map { " to \($0)" } ?? "")")
            }
            try self.globals.screen.show(HistoryTable.table(of: events, clock: .local))
            if events.count == self.limit { try Output.error.write("older events: --before \(oldest.id)") }
        }
    }

    private var fields: RequestFields {
        var fields = RequestFields()
        fields.add("breaker", self.name.map(RawField.string))
        fields.add("limit", .integer(self.limit))
        fields.add("before", self.before.map(RawField.integer))
        return fields
    }
}
