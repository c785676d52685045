import HTTPTypes

/// A request that fails, as its client is told.
struct WebError: Error, Hashable {
    let status: HTTPResponse.Status
    /// Of the protocol's error codes, or `forbidden`, `unauthorized`, `misdirected`.
    let code: String
    let message: String

    init(_ status: HTTPResponse.Status, _ code: String, _ message: String) {
        (self.status, self.code, self.message) = (status, code, message)
    }

    var json: String {
        "{\"error\":{\"code\":\(JSONText.quoted(self.code)),\"message\":\(JSONText.quoted(self.message))}}"
    }
}

extension HTTPResponse.Status {
    /// What stands for an error code of the protocol.
    init(errorCode: String) {
        switch errorCode {
        case "bad_request", "parse": self = .badRequest
        case "not_found", "unknown_op": self = .notFound
        case "conflict": self = .conflict
        case "too_long": self = .contentTooLarge
        case "limit": self = .tooManyRequests
        case "unsupported": self = .notImplemented
        case "draining", "storage_unavailable", "overloaded": self = .serviceUnavailable
        default: self = .internalServerError
        }
    }
}
