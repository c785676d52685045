extension BreakerClient {
    /// The states of breakers as they are and as they change, over a connection of its own.
    ///
    /// A snapshot comes first, then `synced`, then every change in the order of revisions and a `heartbeat`
    /// every few seconds. A lost connection is made anew, and the changes missed meanwhile are told; where
    /// that cannot be done, `reset` says so and a fresh snapshot follows. A consumer that is too slow makes
    /// the client stop reading, so nothing piles up here; the daemon then drops events and says `reset`.
    ///
    /// Each iterator is a watch; it ends when it is dropped, when its task is cancelled or after
    /// `shutdown()`.
    ///
    /// - Parameters:
    ///   - patterns: 1…64 patterns over names with `*` and `?`.
    ///   - since: the revision up to which everything is known; nil: a snapshot.
    ///   - counts: whether `counts` is to come too, once a second. A daemon of more than 100,000 breakers
    ///     refuses that (`limit`).
    public func watch(_ patterns: [String], since: UInt64? = nil, counts: Bool = false) -> BreakerEvents {
        BreakerEvents(source: WatchSource(client: self, patterns: patterns, since: since, counts: counts))
    }
}

/// The events of a watch. Throws only what asking again cannot cure: a refused request (`badRequest`,
/// `limit`).
public struct BreakerEvents: AsyncSequence, Sendable {
    let source: WatchSource

    /// Begins the watch, over a connection of its own; dropping the iterator ends it.
    public func makeAsyncIterator() -> Iterator { Iterator(watch: self.source.start()) }

    /// One watch as its consumer holds it.
    public struct Iterator: AsyncIteratorProtocol {
        let watch: WatchSubscription

        /// The next event; nil once the watch has ended.
        public mutating func next() async throws(BreakerError) -> BreakerEvent? {
            try await self.watch.next()?.event
        }
    }
}

/// The events of a watch as lines of JSON.
package struct BreakerEventLines: AsyncSequence, Sendable {
    let source: WatchSource

    package func makeAsyncIterator() -> Iterator { Iterator(watch: self.source.start()) }

    package struct Iterator: AsyncIteratorProtocol {
        let watch: WatchSubscription

        /// The next event; nil once the watch has ended.
        package mutating func next() async throws(BreakerError) -> String? {
            try await self.watch.next()?.text
        }
    }
}
