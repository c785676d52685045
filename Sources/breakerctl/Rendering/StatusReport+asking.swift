import BreakerClient

extension StatusReport {
    /// The most that one question brings: probes that fail for hours are many.
    private static let eventsLookedAt = 1_000

    /// Asks the daemon for all that the report holds.
    init(asking client: BreakerClient, about name: String) async throws(BreakerError) {
        let status = try await client.get(name)
        self.init(
            status: status, opening: try await StatusReport.opening(of: status, client),
            sources: try await client.policyGet(name).sources, clock: .local)
    }

    private static func opening(
        of status: BreakerStatus, _ client: BreakerClient
    ) async throws(BreakerError) -> Opening? {
        guard let trip = status.lastTrip, trip.reason.mayOpenAnew else { return Opening(status.lastTrip) }
        let events = try await client.history(status.breaker, limit: StatusReport.eventsLookedAt)
        let isWhole = events.count < StatusReport.eventsLookedAt
        return Opening(firstIn: events, isWhole: isWhole) ?? Opening(trip)
    }
}
