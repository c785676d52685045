// What the engine writes into the history.

import BreakerCore
import BreakerStore

extension HistoryEvent {
    /// A change that came about by itself.
    init(_ transition: Breaker.Transition, of entry: Entry, at anchor: ClockAnchor) {
        self.init(.transition, of: .breaker(entry.name), atMilliseconds: anchor.wallMilliseconds)
        self.fill(transition, of: entry)
    }

    /// An operator's command.
    init(
        _ command: OperatorCommand, _ transition: Breaker.Transition, of entry: Entry, at anchor: ClockAnchor
    ) {
        self.init(command.action.kind, of: .breaker(entry.name), atMilliseconds: anchor.wallMilliseconds)
        self.fill(transition, of: entry)
        self.actor = command.actor
        self.note = command.note
        if case .override(let mode, _) = command.action { self.mode = mode?.rawValue ?? "auto" }
    }

    /// Idle for so long that it was let go of.
    init(forgotten entry: Entry, at anchor: ClockAnchor) {
        self.init(.forgotten, of: .breaker(entry.name), atMilliseconds: anchor.wallMilliseconds)
        self.generation = entry.breaker.generation
    }

    /// A change of an operator's rule.
    init(_ command: PolicyCommand, at anchor: ClockAnchor) {
        self.init(
            command.patch == nil ? .policyDelete : .policySet, of: .match(command.match.pattern),
            atMilliseconds: anchor.wallMilliseconds)
        self.actor = command.actor
        self.note = command.note
        self.policy = command.patch
    }

    private mutating func fill(_ transition: Breaker.Transition, of entry: Entry) {
        self.from = transition.from
        self.to = transition.to
        self.generation = entry.breaker.generation
        self.reason = transition.reason
    }
}

extension OperatorCommand.Action {
    fileprivate var kind: HistoryEvent.Kind {
        switch self {
        case .override: .override
        case .trip: .trip
        case .reset: .reset
        }
    }
}

extension CommandRecord {
    init(_ command: PolicyCommand, revision: UInt64, anchor: ClockAnchor) {
        let effect: Effect
        if let patch = command.patch {
            let record = PolicyRecord(
                match: command.match, patch: patch, actor: command.actor, reason: command.note,
                atMilliseconds: anchor.wallMilliseconds)
            effect = .policySet(record, revision: Int64(revision))
        } else {
            effect = .policyDelete(match: command.match, revision: Int64(revision))
        }
        self.init(effect, history: HistoryEvent(command, at: anchor), anchor: anchor)
    }
}

extension StoreError {
    /// In words, for the one who ordered what could not be done.
    var explanation: String {
        switch self {
        case .unavailable(let cause): cause
        }
    }
}
