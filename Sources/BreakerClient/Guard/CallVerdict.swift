/// How a guarded call is to be counted.
public struct CallVerdict: Hashable, Sendable {
    /// As what the call counts.
    public var outcome: CallOutcome
    /// What went wrong, short; cut to 64 printable bytes. Nil: the type of the error thrown, if one was.
    public var error: String?
    /// When the dependency itself wants to be called again, at most a day. Only for failures.
    public var retryAfter: Duration?

    /// An outcome, and what is known of it.
    public init(_ outcome: CallOutcome, error: String? = nil, retryAfter: Duration? = nil) {
        self.outcome = outcome
        self.error = error
        self.retryAfter = retryAfter
    }

    /// The dependency did its work.
    public static let success = CallVerdict(.success)
    /// The dependency failed.
    public static let failure = CallVerdict(.failure)
    /// The call was given up on; the rules count it as a failure.
    public static let timeout = CallVerdict(.timeout)
    /// The call says nothing of the dependency.
    public static let ignored = CallVerdict(.ignored)

    /// What is taken where `classify` says nothing: a value is a success; `CancellationError` is ignored;
    /// `BreakerTimeout` is a timeout; any other error is a failure.
    public static func standard<Value>(_ result: Result<Value, any Error>) -> CallVerdict {
        switch result {
        case .success: .success
        case .failure(let error): .standard(error)
        }
    }

    static func standard(_ error: any Error) -> CallVerdict {
        switch error {
        case is CancellationError: .ignored
        case is BreakerTimeout: .timeout
        default: .failure
        }
    }
}

extension CallVerdict {
    /// As the daemon takes it: an error and a wish to be called again go with failures only, and within their
    /// bounds.
    var bounded: CallVerdict {
        switch self.outcome {
        case .success, .ignored: CallVerdict(self.outcome)
        case .failure, .timeout:
            CallVerdict(
                self.outcome, error: self.error.flatMap { printable($0) },
                retryAfter: self.retryAfter?.boundedToDay)
        }
    }
}

extension Duration {
    /// 0…24 h: what a report takes.
    var boundedToDay: Duration { min(max(self, .zero), .seconds(86_400)) }
}

/// At most so many bytes of what is printable in ASCII; nil if nothing is.
func printable(_ text: String, bytes count: Int = 64) -> String? {
    let bytes = text.utf8.filter { (0x20...0x7E).contains($0) }.prefix(count)
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
}
