/// All breakers of a daemon, fetched page by page while they are consumed. A breaker that exists during the
/// whole of the listing appears exactly once.
public struct BreakerListing: AsyncSequence, Sendable {
    let client: BreakerClient
    let match: String?
    let state: BreakerState?

    /// A listing of its own, from the first breaker on.
    public func makeAsyncIterator() -> Iterator { Iterator(listing: self) }

    /// Fetches the next page when the one before is used up.
    public struct Iterator: AsyncIteratorProtocol {
        /// Breakers a page: the most that the daemon gives.
        private static let pageSize = 1_000

        private let listing: BreakerListing
        private var page: ArraySlice<BreakerStatus> = []
        private var cursor: String?
        private var isLastPage = false

        init(listing: BreakerListing) { self.listing = listing }

        /// The next breaker; nil at the end. Throws as `list` does, after which the iterator may be asked
        /// again.
        public mutating func next() async throws(BreakerError) -> BreakerStatus? {
            while self.page.isEmpty {
                if self.isLastPage { return nil }
                let page = try await self.listing.client.list(
                    match: self.listing.match, state: self.listing.state, limit: Iterator.pageSize,
                    cursor: self.cursor)
                self.page = page.breakers[...]
                self.cursor = page.cursor
                self.isLastPage = page.cursor == nil
            }
            return self.page.removeFirst()
        }
    }
}
