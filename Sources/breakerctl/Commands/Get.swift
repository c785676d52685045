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

    private static let eventsLookedAt = 50

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
            let status = try await client.get(self.name)
            let policy = try await client.policyGet(self.name)
            let screen = self.globals.screen
            let report = StatusReport(
                status: status, opening: try await self.opening(of: status, client),
                sources: policy.sources, clock: .local)
            try screen.show(report.lines(on: screen))
        }
    }

    /// By a window's rule, if one of the latest events is: failed probes have opened it anew since, and say
    /// nothing of instances.
    private func opening(of status: BreakerStatus, _ client: BreakerClient) async throws -> Opening? {
        guard let trip = status.lastTrip, status.instances.isEmpty, trip.reason.instances.isEmpty else {
            return Opening(status.lastTrip)
        }
        let events = try await client.history(self.name, limit: Get.eventsLookedAt)
        return Opening(events.first { $0.reason?.instances.isEmpty == false }) ?? Opening(trip)
    }
}
