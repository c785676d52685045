import ArgumentParser
import BreakerClient
import Foundation

struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List breakers: states, recent calls, what happens next.",
        discussion: """
            Sorted by name. CALLS, FAILED and SLOW are of each breaker's window.

            Examples:
              breakerctl list
              breakerctl list 'pay*' --state open
              breakerctl list --all --json | jq -r '.breakers[].breaker'
            """)

    private static let pageSize = 1_000

    @Argument(
        help: "Only names that fit: * for any run of characters, ? for one. Quote it from the shell.",
        completion: .custom(BreakerNameCompletion.candidates), transform: NameArgument.glob)
    var match: String?

    @Option(
        help: "Only breakers in this state: \(StateFilter.allCases.map(\.rawValue).joined(separator: ", ")).")
    var state: StateFilter?

    @Option(help: ArgumentHelp("At most so many, 1 to 1000.", valueName: "number"))
    var limit = 100

    @Flag(help: "All of them; with --json a line for each thousand.")
    var all = false

    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func validate() throws {
        guard (1...List.pageSize).contains(self.limit) else {
            throw ValidationError("--limit takes 1 to \(List.pageSize); --all shows all.")
        }
    }

    func run() async throws {
        try await self.globals.withClient { client in
            if self.globals.json {
                try await self.printReplies(of: client)
            } else {
                try await self.printTable(of: client)
            }
        }
    }

    private func printTable(of client: BreakerClient) async throws {
        var breakers: [BreakerStatus] = []
        var cursor: String?
        repeat {
            let page = try await client.list(
                match: self.match, state: self.state?.state, limit: self.pageLimit, cursor: cursor)
            breakers += page.breakers
            cursor = page.cursor
        } while self.all && cursor != nil
        guard !breakers.isEmpty else {
            return try Output.error.write(
                "no breakers\(self.match == nil && self.state == nil ? "" : " like that")")
        }
        let screen = self.globals.screen
        try screen.show(ListTable.table(of: breakers, shapes: screen.shapes))
        if cursor != nil { try Output.error.write("there are more: --all shows them") }
    }

    private func printReplies(of client: BreakerClient) async throws {
        var cursor: String?
        repeat {
            let reply = try await client.request("list", self.fields(cursor: cursor).all)
            try Output.standard.write(reply)
            cursor = try JSONDecoder().decode(Page.self, from: Data(reply.utf8)).cursor
        } while self.all && cursor != nil
    }

    private var pageLimit: Int { self.all ? List.pageSize : self.limit }

    private func fields(cursor: String?) -> RequestFields {
        var fields = RequestFields()
        fields.add("match", self.match.map(RawField.string))
        fields.add("state", (self.state?.state.rawValue).map(RawField.string))
        fields.add("limit", .integer(self.pageLimit))
        fields.add("cursor", cursor.map(RawField.string))
        return fields
    }

    /// What of a raw page says whether there is another.
    private struct Page: Decodable {
        let cursor: String?
    }
}
