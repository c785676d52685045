/// Every bound of the wire in one place.
///
/// Those the protocol fixes are static: every client may rely on them. Those an operator may set are
/// properties.
package struct WireLimits: Hashable, Sendable {
    // MARK: Set by the configuration

    /// Bytes of one line, its line feed included. It bounds what one connection can make the daemon hold
    /// unparsed.
    package var lineBytes = 65_536
    /// Elements of one `reports` array. It bounds how long one request keeps others waiting.
    package var batch = 1_000

    package init() {}

    // MARK: Fixed by the protocol

    /// Arrays and objects that may be open at once. It bounds the parser's recursion; the deepest request
    /// needs 3.
    package static let depth = 8
    /// Bytes of a string `id`. It is echoed with every reply.
    package static let idBytes = 64
    /// The largest integer that every language's JSON reads exactly (2^53 − 1): of `id`, `generation`,
    /// `sequence` and the other counters.
    package static let exactInteger: Int64 = 9_007_199_254_740_991
    /// Bytes of a breaker's name and of a pattern over names.
    package static let nameBytes = 128
    /// Bytes of an `error`: a short name that explanations and logs repeat.
    package static let errorBytes = 64
    /// Bytes of a client's `name` and `library`.
    package static let clientBytes = 64
    /// Bytes of a client's `instance`: host names alone may have 64.
    package static let instanceBytes = 128
    /// Bytes of an operator's `actor`.
    package static let actorBytes = 128
    /// Bytes of an operator's `reason`: a sentence, not an essay, in every history row.
    package static let reasonBytes = 512
    /// Bytes of a `cursor`; the daemon's own are shorter.
    package static let cursorBytes = 512
    /// Patterns of one `watch`; every change is matched against each.
    package static let watchPatterns = 64
    /// Entries of one `list` or `history` reply.
    package static let page = 1_000
    /// Minutes of one `minutes` reply: a day.
    package static let minutes = 1_440
    /// Bytes of the database in one reply to `backup.read`: 64,000 in base64, so that the line stays within
    /// what a request's line may have.
    package static let backupPart = 48_000
    /// Milliseconds of a `lease_ms`: five minutes, after which a lost probe blocks recovery too long.
    package static let leaseMilliseconds = 300_000
    /// Milliseconds of `duration_ms` and `retry_after_ms`: a day.
    package static let durationMilliseconds = 86_400_000
    /// Milliseconds of a trip's `for_ms`: a day. What is meant to last longer is an override.
    package static let tripMilliseconds = 86_400_000
    /// Milliseconds of an override's `ttl_ms`: 365 days.
    package static let overrideMilliseconds = 31_536_000_000
    /// Milliseconds of one `clock.advance`: 365 days.
    package static let advanceMilliseconds = 31_536_000_000
    /// One count of a batch element.
    package static let count = 1_000_000_000
    /// Pairs of `durations` in one element of a batch: more ranges than that are not told apart.
    package static let durationPairs = 240
    /// Milliseconds of a batch's `duration_sum_ms`: the most calls at the longest duration.
    package static let durationSumMilliseconds = 86_400_000_000_000_000
}
