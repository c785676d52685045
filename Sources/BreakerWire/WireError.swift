/// What kind of failure a reply tells. The raw values are on the wire: append, never rename.
package enum WireErrorCode: String, CaseIterable, Hashable, Sendable {
    /// The line is not the JSON the protocol takes.
    case parse
    /// The line is longer than the daemon reads; the connection closes.
    case tooLong = "too_long"
    /// A field is missing, of the wrong type or out of range.
    case badRequest = "bad_request"
    case unknownOp = "unknown_op"
    /// A protocol version or a feature that this daemon does not speak.
    case unsupported
    case unauthenticated
    case forbidden
    /// No such breaker, policy or watch.
    case notFound = "not_found"
    /// The state is not the one that the request was made for.
    case conflict
    /// What the request refers to has ended for good.
    case gone
    /// A bound is reached: connections, breakers, watches, policies.
    case limit
    /// Too much is waiting; the same request may pass later.
    case overloaded
    /// The daemon is about to stop and takes no new requests.
    case draining
    /// The command could not be made durable and is not in force.
    case storageUnavailable = "storage_unavailable"
    /// A fault of the daemon's own.
    case `internal`
}

/// A failure as a reply tells it.
package struct WireError: Error, Hashable, Sendable {
    package let code: WireErrorCode
    /// For a person: what is wrong and what would be right.
    package let message: String
    /// The field to blame, dotted: `policy.failure_rate`, `reports[3].slow`. Nil where none is.
    package let field: String?

    package init(_ code: WireErrorCode, _ message: String, field: String? = nil) {
        self.code = code
        self.message = message
        self.field = field
    }

    /// A field that is not as it must be; `requirement` continues the field's name: "must be an integer".
    package static func badRequest(_ field: String, _ requirement: String) -> WireError {
        WireError(.badRequest, "\(field) \(requirement)", field: field)
    }
}
