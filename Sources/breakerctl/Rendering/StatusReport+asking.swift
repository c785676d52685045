import BreakerClient

extension StatusReport {
    private static let eventsLookedAt = 50

    /// Asks the daemon for all that the report holds.
    init(asking client: BreakerClient, about name: String) async throws(BreakerError) {
        let status = try await client.get(name)
        self.init(
            status: status, opening: try await StatusReport.opening(of: status, client),
            sources: try await client.policyGet(name).sources, clock: .local)
    }

    /// By a window's rule, if one of the latest events is: failed probes have opened it anew since, and say
    /// nothing of instances.
    private static func opening(of status: BreakerStatus, _ client: BreakerClient) async throws(BreakerError)
        -> Opening?
    {
        guard let trip = status.lastTrip, status.instances.isEmpty, trip.reason.instances.isEmpty else {
            return Opening(status.lastTrip)
        }
        let events = try await client.history(status.breaker, limit: StatusReport.eventsLookedAt)
        return Opening(events.first { $0.reason?.instances.isEmpty == false }) ?? Opening(trip)
    }
}
