/// How much of everything the daemon takes on before it refuses. Every range stands in `Limits+names.swift`.
package struct Limits: Hashable, Sendable {
    /// Connections open at once, over all listeners. One more gets one `limit` error and is closed.
    package var connections = 16_000
    /// Breakers known at once. A request that would make one more gets `limit`.
    package var breakers = 1_000_000
    /// The longest request line in bytes, newline included. A longer one gets `too_long` and the connection
    /// ends.
    package var lineBytes = 65_536
    /// Elements of one batched report.
    package var batch = 1_000
    /// Watches of one connection.
    package var watchesPerConnection = 16
    /// Replies and events in bytes that wait for one connection's peer to read. Above it the daemon stops
    /// reading from that peer, and its watches are reset.
    package var outputBytes = 1_048_576
    /// Policy rules: of the file, and of operators, each.
    package var policies = 1_000
    /// Instances of clients whose batch sequence is remembered. The one not heard for longest is forgotten.
    package var instances = 100_000
    /// How long an event stays in the history, in days.
    package var historyDays = 30
    /// How many events stay in the history. The oldest goes first.
    package var historyRows = 1_000_000
    /// How long what each breaker counted in a minute is kept, in days.
    package var minuteDays = 14
    /// How many such minutes are kept: 100 breakers that are called all the time fill 14 days. The oldest
    /// goes first.
    package var minuteRows = 2_000_000
    /// Changes kept for the disk while it cannot be written. The oldest goes first.
    package var owedRecords = 100_000

    /// Breakers that metrics show under their own names. The rest is summed.
    package var metricsBreakers = 1_000

    package init() {}
}
