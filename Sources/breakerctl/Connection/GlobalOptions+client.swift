import BreakerClient

extension GlobalOptions {
    private static let connectDeadline = Duration.seconds(1)

    /// Runs `body` with a client of the daemon that the options name, and closes it after.
    ///
    /// - Parameter breaker: which one the command is about, for messages.
    func withClient(
        about breaker: String? = nil, _ body: (BreakerClient) async throws -> Void
    ) async throws {
        let client: BreakerClient
        do throws(BreakerError) {
            client = try BreakerClient(url: self.url, configuration: self.clientConfiguration)
        } catch {
            throw self.reported(error, endpoints: [], breaker: nil)
        }
        do {
            try await body(client)
        } catch let error as BreakerError {
            await client.shutdown()
            throw self.reported(error, endpoints: client.endpoints, breaker: breaker)
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }

    /// Sends one request and prints the reply: what `--json` does.
    func printReply(
        of client: BreakerClient, _ operation: String, _ fields: RequestFields = RequestFields()
    ) async throws {
        try Output.standard.write(try await client.request(operation, fields.all))
    }

    private var clientConfiguration: BreakerClient.Configuration {
        var configuration = BreakerClient.Configuration()
        configuration.name = "breakerctl"
        configuration.commandDeadline = self.timeout.duration
        configuration.callDeadline = self.timeout.duration
        configuration.connectDeadline = min(self.timeout.duration, GlobalOptions.connectDeadline)
        return configuration
    }

    private func reported(_ error: BreakerError, endpoints: [Endpoint], breaker: String?) -> ReportedFailure {
        ReportedFailure(failure: Failure(error, endpoints: endpoints, breaker: breaker), json: self.json)
    }
}
