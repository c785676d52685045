import BreakerClient

/// Why there was no load, or why it ended before its time.
enum LoadFailure: Error, Hashable, Sendable {
    /// A connection could not be made; which, counted from 1, and why, in words.
    case unconnected(Int, of: Int, String)
    /// A connection ended; why, in words.
    case lost(String)
    /// Nothing came for so long, though something was asked.
    case silent(Duration)
    /// The daemon refused a connection.
    case complaint(code: String, message: String)
    /// Something came that no breakerd says.
    case unreadable
    /// The system lets this process open fewer files than are needed.
    case tooFewFiles(limit: Int, needed: Int)

    var status: ProcessStatus {
        switch self {
        case .unconnected, .lost, .silent, .unreadable: .unreachable
        case .complaint, .tooFewFiles: .refused
        }
    }

    /// For scripts: the codes of the protocol and of the client.
    var code: String {
        switch self {
        case .unconnected, .lost: BreakerError.Code.unavailable.rawValue
        case .silent: BreakerError.Code.deadlineExceeded.rawValue
        case .complaint(let code, _): code
        case .unreadable: BreakerError.Code.malformedReply.rawValue
        case .tooFewFiles: BreakerError.Code.limit.rawValue
        }
    }

    /// For people: what happened, then what to do next.
    func message(at endpoint: String) -> String {
        switch self {
        case .unconnected(let number, let count, let cause):
            "connection \(number.grouped) of \(count.grouped) to \(endpoint) could not be made: \(cause)"
        case .lost(let cause): "the daemon at \(endpoint) went away: \(cause)"
        case .silent(let time): "no reply from \(endpoint) for \(Span.past(time)); --timeout waits longer"
        case .complaint(let code, let message): "the daemon at \(endpoint) refuses: \(message) (\(code))"
        case .unreadable: "what answers at \(endpoint) is no breakerd of this version: check --url"
        case .tooFewFiles(let limit, let needed):
            "this process may open \(limit.of("file")) and needs \(needed.grouped): raise `ulimit -n`, or take "
                + "fewer --connections"
        }
    }
}
