/// How a guarded call is to be counted.
public struct CallVerdict: Hashable, Sendable {
    public var outcome: CallOutcome
    /// What went wrong, short; cut to 64 printable bytes. Nil: the type of the error thrown, if one was.
    public var error: String?
    /// When the dependency itself wants to be called again, at most a day. Only for failures.
    public var retryAfter: Duration?

    public init(_ outcome: CallOutcome, error: String? = nil, retryAfter: Duration? = nil) {
        self.outcome = outcome
        self.error = error
        self.retryAfter = retryAfter
    }

    public static let success = CallVerdict(.success)
    public static let failure = CallVerdict(.failure)
    public static let timeout = CallVerdict(.timeout)
    public static let ignored = CallVerdict(.ignored)

    /// What is taken where `classify` says nothing: a value is a success; `CancellationError` is ignored;
    /// `BreakerTimeout` is a timeout; any other error is a failure.
    public static func standard<Value>(_ result: Result<Value, any Error>) -> CallVerdict {
        switch result {
        case .success: .success
        case .failure(is CancellationError): .ignored
        case .failure(is BreakerTimeout): .timeout
        case .failure: .failure
        }
    }
}
