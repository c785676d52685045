// What went wrong, as an operator reads it: what happened, then what to do next.

import BreakerClient

/// A command that did not succeed.
struct Failure: Error, Hashable, Sendable {
    let status: ProcessStatus
    /// For people, without a full stop and without breakerctl's name in front.
    let message: String
    /// What the daemon said, for `--json`; nil where it said nothing.
    let reply: ErrorReply?

    /// What went wrong here, not at the daemon.
    init(refused message: String) {
        self.status = .refused
        self.message = message
        self.reply = ErrorReply(BreakerError(.internal, message))
    }

    /// A load that could not begin.
    init(_ failure: LoadFailure, at places: String) {
        self.status = failure.status
        self.message = failure.message(at: places)
        self.reply =
            failure.status == .refused
            ? ErrorReply(BreakerError(BreakerError.Code(rawValue: failure.code), self.message)) : nil
    }

    /// - Parameters:
    ///   - endpoints: where the daemon was looked for.
    ///   - breaker: which one the command was about.
    init(_ error: BreakerError, endpoints: [Endpoint], breaker: String? = nil) {
        self.status = ProcessStatus(of: error.code)
        self.reply = self.status == .refused ? ErrorReply(error) : nil
        switch self.status {
        case .unreachable: self.message = Failure.unreachable(error, at: endpoints)
        case .done, .refused, .usage:
            let next = NextStep(after: error, breaker: breaker).map { $0.joint + $0.words } ?? ""
            self.message = "\(Failure.blaming(error))\(next)"
        }
    }

    /// The daemon's message, with the field in front where the message leaves it out.
    private static func blaming(_ error: BreakerError) -> String {
        guard error.code == .badRequest, let field = error.field, !error.message.contains(field) else {
            return error.message
        }
        return "\(field): \(error.message)"
    }

    private static func unreachable(_ error: BreakerError, at endpoints: [Endpoint]) -> String {
        let places = endpoints.map(\.description).joined(separator: " or ")
        if error.code == .deadlineExceeded {
            return
                "no answer from \(places) in time; a command may have been carried out all the same: "
                + "look before "
                + "you repeat it, or give it longer with --timeout"
        }
        if error.code == .malformedReply {
            return "what answers at \(places) is no breakerd of this version (\(error.message)): check --url"
        }
        // The client names each place with its cause; here the places stand in front already.
        let cause = endpoints.reduce(error.message) { message, endpoint in
            message.replacing("cannot use breakerd at \(endpoint): ", with: "")
        }
        return
            "no daemon answers at \(places) (\(cause)): is it running? start `breakerd` "
            + "(from a checkout: `scripts/run`), or pass --url"
    }
}

extension ProcessStatus {
    /// How a command ends after such an error.
    init(of code: BreakerError.Code) {
        switch code {
        case .unavailable, .deadlineExceeded, .cancelled, .shutDown, .malformedReply: self = .unreachable
        case .badEndpoint: self = .usage
        default: self = .refused
        }
    }
}
