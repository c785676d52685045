import BreakerCore
import Synchronization

/// The policy book with who set what and when, under one lock, which may be taken under a shard's lock but
/// never the other way round.
final class PolicyRules: Sendable {
    /// Who set an operator's rule.
    struct Signature: Sendable {
        var actor: String?
        var note: String?
        var wallMilliseconds: Int64
    }

    /// A change that the disk has not confirmed yet, with what was before it.
    struct Unsaved: Sendable {
        let revision: UInt64
        let match: Glob
        /// Nil: there was no rule.
        var earlier: Earlier?
    }

    /// A rule as it stood before a change.
    struct Earlier: Sendable {
        let rule: PolicyBook.Rule
        /// Its place in the order of the operators' rules.
        let position: Int
        let signature: Signature?
    }

    struct State: Sendable {
        var book = PolicyBook()
        var signatures: [String: Signature] = [:]
        /// One more at every change of an operator's rule.
        var revision: UInt64 = 0
        /// In the order of their revisions.
        var unsaved: [Unsaved] = []
    }

    private let state: Mutex<State>

    init(_ state: State) {
        self.state = Mutex(state)
    }

    var current: State { self.state.withLock { $0 } }

    func change<Result: Sendable>(
        _ body: (inout State) throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        try self.state.withLock { state throws(EngineError) in try body(&state) }
    }

    func effective(for name: String, declared: PolicyPatch?) -> Policy {
        self.state.withLock(\.book).effective(for: name, declared: declared)
    }
}
