import BreakerClient

/// Members of a raw request, those without a value left out.
struct RequestFields {
    private(set) var all: [(key: String, value: RawField)] = []

    mutating func add(_ key: String, _ value: RawField?) {
        if let value { self.all.append((key, value)) }
    }

    /// Who and why.
    mutating func add(_ note: OperatorNote) {
        self.add("actor", note.actor.map(RawField.string))
        self.add("reason", note.reason.map(RawField.string))
    }
}
