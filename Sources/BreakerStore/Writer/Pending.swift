import BreakerCore
import DequeModule

/// What waits for the disk: bounded by the number of breakers, of instances and by the limit of events. A
/// value, so that a batch is taken out, and given back when its transaction fails, in one step.
struct Pending {
    struct Row: Sendable {
        var change: BreakerChange
        var anchor: ClockAnchor
        /// Of the window, where counts were flushed.
        var latency = RecordedLatency.none
        /// Order of arrival.
        var arrival: UInt64

        /// Never an older breaker over a newer one. A forgotten breaker is not brought back by its own last
        /// counts.
        func supersedes(_ other: Row) -> Bool {
            let (mine, theirs) = (self.change.generation, other.change.generation)
            guard mine == theirs else { return mine > theirs }
            if case .forgotten = other.change, case .present = self.change { return false }
            return self.arrival > other.arrival
        }
    }

    struct Event: Sendable {
        var event: HistoryEvent
        var arrival: UInt64
    }

    struct Command: Sendable {
        var record: CommandRecord
        var arrival: UInt64
        var completion: @Sendable (Result<Int64, StoreError>) -> Void
    }

    /// Breakers that changed: committed at once.
    var urgent: [String: Row] = [:]
    /// Breakers of which only counts moved.
    private(set) var counters: [String: Row] = [:]
    /// Their names, oldest first; also of some that have become urgent since, which are passed over.
    ///
    /// Taking them in this order instead of the dictionary's own matters: emptying a hash table from its
    /// front while names are added makes what is left so dense that every look-up walks through half of it.
    private var counterNames: Deque<String> = []
    /// Highest absolute generation of a forgotten breaker.
    var floor: UInt64 = 0
    /// `.some(nil)`: to be forgotten.
    var sequences: [String: UInt64?] = [:]
    var events: [Event] = []
    var commands: [Command] = []
    /// The wall time of the last flush of counters.
    var wallMilliseconds: Int64?

    var isEmpty: Bool {
        self.urgent.isEmpty && self.counters.isEmpty && self.sequences.isEmpty && self.events.isEmpty
            && self.commands.isEmpty && self.wallMilliseconds == nil && self.floor == 0
    }

    /// How many names the order of counters holds, also passed over ones.
    var waitingNames: Int { self.counterNames.count }

    /// Records that would be lost if the process ended now.
    var count: Int {
        self.urgent.count + self.counters.count + self.sequences.count + self.events.count
            + self.commands.count
    }

    mutating func add(_ change: ChangeRecord, arrival: UInt64) {
        if case .forgotten(let generation) = change.change { self.floor = max(self.floor, generation) }
        self.put(
            Row(change: change.change, anchor: change.anchor, arrival: arrival), name: change.name,
            urgent: true)
        if let event = change.history { self.events.append(Event(event: event, arrival: arrival)) }
    }

    mutating func add(_ counters: [CounterRecord], anchor: ClockAnchor, arrival: UInt64) {
        for record in counters {
            let change = BreakerChange.present(record.breaker, declared: record.declared)
            self.put(
                Row(change: change, anchor: anchor, latency: record.latency, arrival: arrival),
                name: record.name, urgent: false)
        }
    }

    /// Gives up the oldest events beyond `limit`, a sixteenth at a time so that it costs little an event.
    mutating func dropEvents(over limit: Int) -> Int {
        guard self.events.count > limit else { return 0 }
        let dropped = min(self.events.count, max(self.events.count - limit, limit / 16))
        self.events.removeFirst(dropped)
        return dropped
    }

    /// Takes out what the next transaction writes: all that is urgent and up to `limit` rows of counters. The
    /// sequences go with the first part: a crash between two parts may lose counts, and never counts a batch
    /// twice.
    mutating func take(counters limit: Int) -> Pending {
        var batch = self
        self = Pending()
        guard batch.counters.count > limit else { return batch }
        swap(&self.counters, &batch.counters)
        swap(&self.counterNames, &batch.counterNames)
        while batch.counters.count < limit, let name = self.counterNames.popFirst() {
            guard let row = self.counters.removeValue(forKey: name) else { continue }
            batch.putCounters(row, name: name)
        }
        return batch
    }

    /// Puts back what could not be written, under what has come since. Commands are not owed.
    mutating func restore(_ batch: Pending) {
        for (name, row) in batch.counters { self.put(row, name: name, urgent: false) }
        for (name, row) in batch.urgent { self.put(row, name: name, urgent: true) }
        self.floor = max(self.floor, batch.floor)
        self.sequences.merge(batch.sequences) { newer, _ in newer }
        self.events.insert(contentsOf: batch.events, at: 0)
        self.wallMilliseconds = self.wallMilliseconds ?? batch.wallMilliseconds
    }

    private mutating func put(_ row: Row, name: String, urgent: Bool) {
        let former = self.urgent[name] ?? self.counters[name]
        var latest = if let former, !row.supersedes(former) { former } else { row }
        if !latest.latency.isKnown { latest.latency = row.latency }
        if !latest.latency.isKnown, let former { latest.latency = former.latency }
        if urgent || self.urgent[name] != nil {
            self.counters.removeValue(forKey: name)
            self.urgent[name] = latest
        } else {
            self.putCounters(latest, name: name)
        }
    }

    private mutating func putCounters(_ row: Row, name: String) {
        if self.counters.updateValue(row, forKey: name) == nil { self.counterNames.append(name) }
        if self.counterNames.count > 2 * self.counters.count + 64 { self.forgetPassedOver() }
    }

    /// Drops the names that are no longer meant, where they outnumber those that are.
    private mutating func forgetPassedOver() {
        var seen: Set<String> = []
        self.counterNames.removeAll { self.counters[$0] == nil || !seen.insert($0).inserted }
    }
}
