public import BreakerClient

/// A clock that stands until it is moved, for clients under test.
///
/// A client takes all its time from it: how long calls take, when an open breaker may be tried again,
/// budgets, backoff and batches. Only the `timeout` of `Breaker.run` is real time, as the call is that it
/// cuts short. A ``TestDaemon`` has one that it shares with its clients; one of its own is for tests of code
/// without a daemon:
///
///     let clock = ManualClock()
///     var configuration = BreakerClient.Configuration()
///     configuration.use(clock)
public final class ManualClock: Sendable {
    let inner = ManualClientClock()

    /// A clock at its beginning.
    public init() {}

    /// How far it has been moved.
    public var elapsed: Duration { self.inner.elapsed }

    /// Moves on by `duration`. Every timer of a client that becomes due fires, in the order of their times,
    /// before this returns; what is sent then may arrive later. With a daemon use
    /// ``TestDaemon/advance(by:)``, which moves both.
    public func advance(by duration: Duration) async { await self.inner.advance(by: duration) }
}

extension BreakerClient.Configuration {
    /// Takes all time from `clock`.
    public mutating func use(_ clock: ManualClock) { self.clock = .manual(clock.inner) }
}
