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

    /// Writes a policy and where its fields come from, for whoever asks for it.
    typealias Writer = (Policy, [PolicyField: PolicyBook.Origin]) -> [UInt8]

    /// Texts that are kept: more than there are ways to combine the rules of most fleets; some megabytes.
    private static let maximumTexts = 1_000

    private struct Kept {
        var state: State
        /// What the writer made of the decisions asked for since the last change. A fleet that comes back
        /// asks for the same few ten thousand times.
        var texts: [PolicyBook.Decision: [UInt8]] = [:]
    }

    private let kept: Mutex<Kept>

    init(_ state: State) {
        self.kept = Mutex(Kept(state: state))
    }

    var current: State { self.kept.withLock(\.state) }

    func change<Result: Sendable>(
        _ body: (inout State) throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        try self.kept.withLock { kept throws(EngineError) in
            kept.texts = [:]
            return try body(&kept.state)
        }
    }

    func effective(for name: String, declared: PolicyPatch?) -> Policy {
        self.kept.withLock(\.state.book).effective(for: name, declared: declared)
    }

    /// What `write`, always the same, makes of the policy in effect.
    func text(for name: String, declared: PolicyPatch?, _ write: Writer) -> [UInt8] {
        self.kept.withLock { kept in
            let decision = kept.state.book.decision(for: name, declared: declared)
            if let text = kept.texts[decision] { return text }
            let text = write(kept.state.book.policy(decision), kept.state.book.origins(decision))
            if kept.texts.count >= PolicyRules.maximumTexts { kept.texts = [:] }
            kept.texts[decision] = text
            return text
        }
    }
}
