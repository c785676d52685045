import BreakerCore
package import BreakerStore
package import BreakerWire

extension JSONWriter {
    /// One line of the history.
    package mutating func fields(of event: HistoryEvent) {
        self.field("event_id", event.eventID)
        self.field("at_ms", event.atMilliseconds)
        switch event.subject {
        case .breaker(let name): self.field("breaker", name)
        case .match(let pattern): self.field("match", pattern)
        }
        self.field("kind", event.kind.rawValue)
        self.field("from", event.from?.rawValue)
        self.field("to", event.to?.rawValue)
        self.field("generation", event.generation)
        self.field("mode", event.mode)
        self.field("actor", event.actor)
        self.field("note", event.note)
        self.field("reason", event.reason?.json)
        if let policy = event.policy { self.field("policy", policy) }
    }
}
