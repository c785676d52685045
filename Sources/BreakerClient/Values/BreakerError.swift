/// Why an operation did not succeed: the daemon said so, or it could not be asked.
public struct BreakerError: Error, Hashable, Sendable {
    /// What kind of failure it is. Open: a newer daemon may send codes that are not listed here.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        public var description: String { self.rawValue }

        // MARK: Sent by the daemon

        /// The daemon could not read the line as JSON.
        public static let parse = Code(rawValue: "parse")
        /// A request or a reply is longer than a line may be.
        public static let tooLong = Code(rawValue: "too_long")
        /// A field is missing, of the wrong type or out of range; `field` names it.
        public static let badRequest = Code(rawValue: "bad_request")
        /// The daemon does not know the operation.
        public static let unknownOp = Code(rawValue: "unknown_op")
        /// The daemon does not speak this version or feature.
        public static let unsupported = Code(rawValue: "unsupported")
        /// Reserved: the daemon does not know who asks.
        public static let unauthenticated = Code(rawValue: "unauthenticated")
        /// Reserved: who asks may not.
        public static let forbidden = Code(rawValue: "forbidden")
        /// No such breaker or policy.
        public static let notFound = Code(rawValue: "not_found")
        /// The state is not the one that the request was made for.
        public static let conflict = Code(rawValue: "conflict")
        /// Reserved: what the request refers to has ended for good.
        public static let gone = Code(rawValue: "gone")
        /// A bound of the daemon's is reached.
        public static let limit = Code(rawValue: "limit")
        /// Too much is waiting: at the daemon, or in this client (`Configuration.maximumRequestsInFlight`).
        public static let overloaded = Code(rawValue: "overloaded")
        /// The daemon is about to stop.
        public static let draining = Code(rawValue: "draining")
        /// The command could not be made durable and is not in force.
        public static let storageUnavailable = Code(rawValue: "storage_unavailable")
        /// A fault of the daemon's own.
        public static let `internal` = Code(rawValue: "internal")

        // MARK: The client's own

        /// There is no connection, or it was lost before the reply. In the latter case the request may have
        /// been carried out.
        public static let unavailable = Code(rawValue: "unavailable")
        /// No reply came within the deadline. The request may have been carried out.
        public static let deadlineExceeded = Code(rawValue: "deadline_exceeded")
        /// The task that asked was cancelled. The request may have been carried out.
        public static let cancelled = Code(rawValue: "cancelled")
        /// `shutdown()` was called.
        public static let shutDown = Code(rawValue: "shut_down")
        /// The reply is not what the protocol promises.
        public static let malformedReply = Code(rawValue: "malformed_reply")
        /// A URL does not name an endpoint.
        public static let badEndpoint = Code(rawValue: "bad_endpoint")
    }

    /// What to decide by.
    public let code: Code
    /// For a person: what is wrong and what would be right.
    public let message: String
    /// The field to blame, dotted: `policy.failure_rate`. Nil where none is.
    public let field: String?

    /// An error, as the daemon or the client would report it.
    public init(_ code: Code, _ message: String, field: String? = nil) {
        self.code = code
        self.message = message
        self.field = field
    }
}

extension BreakerError: CustomStringConvertible {
    /// `conflict: the breaker is at generation 44 (if_generation)`.
    public var description: String {
        self.field.map { "\(self.code): \(self.message) (\($0))" } ?? "\(self.code): \(self.message)"
    }
}
