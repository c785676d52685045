import BreakerClient

/// What to do after the daemon said no.
struct NextStep: Hashable, Sendable {
    let words: String
    /// What stands between the daemon's message and the words.
    let joint: String

    /// Nil where the daemon's message leaves nothing to add.
    init?(after error: BreakerError, breaker: String?) {
        // An override's conflict says already what clears it; only how is left to say.
        self.joint = error.code == .conflict && error.field == nil ? ": " : "; "
        switch error.code {
        case .notFound where breaker != nil:
            self.words = "`breakerctl list` shows what exists; a breaker appears with its first use"
        case .conflict:
            guard let words = NextStep.afterConflict(error, breaker: breaker) else { return nil }
            self.words = words
        case .storageUnavailable:
            self.words = "`breakerctl stats` says what ails the disk"
        case .draining:
            self.words = "the daemon is stopping: try again when it is back"
        case .limit:
            self.words = "the daemon's configuration sets this bound"
        case .unknownOp, .unsupported:
            self.words = "the daemon is older than this breakerctl, or not meant for it"
        default: return nil
        }
    }

    private static func afterConflict(_ error: BreakerError, breaker: String?) -> String? {
        switch error.field {
        case "if_revision": "`breakerctl policy list` shows the rules as they are now"
        case "if_generation": breaker.map { "`breakerctl get \($0)` shows it as it is now" }
        default: breaker.map { "`breakerctl auto \($0)`" }
        }
    }
}
