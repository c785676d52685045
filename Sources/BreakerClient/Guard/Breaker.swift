// One guard for one name. `run` is the whole of it for most callers: ask, call, say how it went.

/// Guards calls to one dependency.
///
///     let payments = client.breaker("payments")
///     let receipt = try await payments.run(timeout: .seconds(2)) { try await pay() }
///
/// In the cached mode (`BreakerClient.Configuration.mode`) a closed or an open breaker is decided in this
/// process, from what the daemon has told; in the strict mode the daemon is asked before each call (a round
/// trip of at most `Configuration.callDeadline`). It is told afterwards without waiting. If it cannot be
/// asked in time, `Configuration.onUnavailable` decides; no error of the daemon's ever reaches the caller.
public struct Breaker: Sendable {
    let client: BreakerClient
    let cell: BreakerCell
    /// A copy: each call looks at it.
    @usableFromInline let isTraced: Bool

    var clock: ClientClock { self.cell.clock }
    var signals: LinkSignals { self.cell.signals }
    var connection: Connection { self.client.connection }
    var configuration: BreakerClient.Configuration { self.client.configuration }

    /// The name that the fleet shares.
    public var name: String { self.cell.name }

    /// The breaker's state as it is and as it changes, over a connection of its own: see
    /// `BreakerClient.watch(_:since:counts:)`.
    public var events: BreakerEvents { self.client.watch([self.name]) }
}

extension BreakerClient {
    /// The guard of a name. Guards of one name share what they know.
    ///
    /// - Parameters:
    ///   - name: 1…128 bytes of `A-Z a-z 0-9 . _ : / @ -`. Any other name is guarded by this process alone.
    ///   - policy: what the application wishes; files and operators overrule it. Sent once for each
    ///     connection, and in force locally until the daemon says otherwise. The last one given for a name
    ///     counts.
    public func breaker(_ name: String, policy: BreakerPolicy? = nil) -> Breaker {
        let (cell, hasNews) = self.cells.cell(name, policy: policy)
        if hasNews { self.connection.wake() }
        return Breaker(client: self, cell: cell, isTraced: self.tracer != nil)
    }
}
