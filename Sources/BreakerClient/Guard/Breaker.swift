// One guard for one name. `run` is the whole of it for most callers: ask, call, say how it went.

/// Guards calls to one dependency.
///
///     let payments = client.breaker("payments")
///     let receipt = try await payments.run(timeout: .seconds(2)) { try await pay() }
///
/// The daemon is asked before each call (a round trip of at most `Configuration.callDeadline`) and told
/// afterwards without waiting. If it cannot be asked in time, `Configuration.onUnavailable` decides; no error
/// of the daemon's ever reaches the caller.
public struct Breaker: Sendable {
    let connection: Connection
    let configuration: BreakerClient.Configuration
    let cell: BreakerCell

    /// The name that the fleet shares.
    public var name: String { self.cell.name }
}

extension BreakerClient {
    /// The guard of a name. Guards of one name share what they know.
    ///
    /// - Parameters:
    ///   - name: 1…128 bytes of `A-Z a-z 0-9 . _ : / @ -`. Any other name is guarded by this process alone.
    ///   - policy: what the application wishes; files and operators overrule it. Sent once for each
    ///     connection, and in force locally while the daemon is away. The last one given for a name counts.
    public func breaker(_ name: String, policy: BreakerPolicy? = nil) -> Breaker {
        Breaker(
            connection: self.connection, configuration: self.configuration,
            cell: self.cells.cell(name, policy: policy))
    }
}
