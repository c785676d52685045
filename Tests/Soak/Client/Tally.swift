import Synchronization

/// What was made of the calls of one task, or of all.
struct Tally: Encodable {
    /// All calls, refused ones too.
    var calls = 0
    /// Calls whose end the client was told, so that the daemon must come to know of it.
    var told = 0
    var rejected = 0
    /// Calls cancelled under way: ignored ones, or probes given back, of which the daemon counts nothing.
    var cancelled = 0
    /// Permits given back.
    var released = 0
    var probes = 0
    /// What reached the caller and was neither its own error nor a refusal.
    var errors = 0
    var firstError: String?

    mutating func add(_ other: Tally) {
        self.calls += other.calls
        self.told += other.told
        self.rejected += other.rejected
        self.cancelled += other.cancelled
        self.released += other.released
        self.probes += other.probes
        self.errors += other.errors
        self.firstError = self.firstError ?? other.firstError
    }

    mutating func fail(_ error: any Error) {
        self.errors += 1
        self.firstError = self.firstError ?? "\(error)"
    }
}

/// The last line of the process.
struct Report: Encodable {
    let tally: Tally
    /// Outcomes that the client counted and gave up.
    let dropped: UInt64
}

/// Whether the load is to end.
final class Stop: Sendable {
    private let asked = Atomic(false)

    var isAsked: Bool { self.asked.load(ordering: .relaxed) }

    func ask() { self.asked.store(true, ordering: .relaxed) }
}
