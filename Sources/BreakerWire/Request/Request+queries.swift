// What looks and changes nothing.

package import BreakerCore

extension Request {
    /// The request's own `id` names the watch; the decoder has made sure that there is one.
    package struct Watch: Hashable, Sendable {
        /// 1…64 patterns.
        package var breakers: [Glob]
        /// The last revision that the client has seen; nil: it wants a snapshot.
        package var since: UInt64?
        /// Whether it wants to be told, once a second, what the breakers have counted.
        package var counts: Bool

        package init(breakers: [Glob], since: UInt64? = nil, counts: Bool = false) {
            self.breakers = breakers
            self.since = since
            self.counts = counts
        }
    }

    package struct Unwatch: Hashable, Sendable {
        /// The `id` of the watch to end.
        package var watch: RequestID

        package init(watch: RequestID) {
            self.watch = watch
        }
    }

    package struct List: Hashable, Sendable {
        /// Entries of a reply where the request does not say.
        package static let defaultLimit = 100

        /// Nil: every breaker.
        package var match: Glob?
        /// Nil: in whatever state.
        package var state: BreakerState?
        /// Entries of the reply, 1…1,000.
        package var limit: Int
        /// What the reply before gave, to go on from there. The decoder does not look into it.
        package var cursor: String?

        package init(
            match: Glob? = nil, state: BreakerState? = nil, limit: Int = defaultLimit, cursor: String? = nil
        ) {
            self.match = match
            self.state = state
            self.limit = limit
            self.cursor = cursor
        }
    }

    /// A part of a backup that this connection began.
    package struct BackupRead: Hashable, Sendable {
        /// As `backup.begin` gave it.
        package var backup: String
        /// Bytes before the part, from 0.
        package var offset: Int

        package init(backup: String, offset: Int) {
            self.backup = backup
            self.offset = offset
        }
    }

    package struct History: Hashable, Sendable {
        /// Entries of a reply where the request does not say.
        package static let defaultLimit = 50

        /// Nil: of every breaker, and of the policies.
        package var breaker: String?
        /// Entries of the reply, 1…1,000.
        package var limit: Int
        /// Only events with a smaller id; nil: from the newest on.
        package var before: UInt64?

        package init(breaker: String? = nil, limit: Int = defaultLimit, before: UInt64? = nil) {
            self.breaker = breaker
            self.limit = limit
            self.before = before
        }
    }

    /// A span of time, in milliseconds since 1970, both ends included.
    package struct Span: Hashable, Sendable {
        /// Nil: the operation says.
        package var since: UInt64?
        /// Nil: now.
        package var until: UInt64?

        package init(since: UInt64? = nil, until: UInt64? = nil) {
            (self.since, self.until) = (since, until)
        }
    }

    package struct Minutes: Hashable, Sendable {
        package var breaker: String
        package var span: Span

        package init(breaker: String, span: Span = Span()) {
            (self.breaker, self.span) = (breaker, span)
        }
    }

    package struct Summary: Hashable, Sendable {
        /// Entries of a reply where the request does not say.
        package static let defaultLimit = 20

        package var span: Span
        /// Nil: every breaker.
        package var match: Glob?
        /// Entries of the reply, 1…1,000.
        package var limit: Int

        package init(span: Span = Span(), match: Glob? = nil, limit: Int = defaultLimit) {
            (self.span, self.match, self.limit) = (span, match, limit)
        }
    }
}
