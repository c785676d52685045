/// Whose calls are in trouble, that is failed or slow, and how much of it each instance has.
///
/// Begun by the first call in trouble and dropped once the window holds none: a breaker without trouble,
/// which is nearly every one, pays nothing. Kept by halves of the window (`WindowHalf`).
package struct ReporterShares: Hashable, Sendable {
    /// Instances told apart; beyond, one in trouble takes the place of the one that is in the least.
    package static let capacity = 64

    /// What was counted of an instance, or of all.
    private struct Tally: Hashable, Sendable {
        var recent = Counts()
        var former = Counts()

        var both: Counts { self.former.adding(self.recent) }

        mutating func rotate() {
            (self.recent, self.former) = (Counts(), self.recent)
        }
    }

    private struct Counts: Hashable, Sendable {
        var calls: UInt32 = 0
        var failures: UInt32 = 0
        var slow: UInt32 = 0

        var trouble: UInt32 { self.failures.saturatingAdd(self.slow) }

        func of(_ trouble: InstanceShare.Trouble) -> UInt32 {
            switch trouble {
            case .failures: self.failures
            case .slow: self.slow
            }
        }

        mutating func add(_ entry: WindowEntry) {
            self.calls = self.calls.saturatingAdd(entry.calls)
            self.failures = self.failures.saturatingAdd(entry.failures)
            self.slow = self.slow.saturatingAdd(entry.slow)
        }

        func adding(_ other: Counts) -> Counts {
            Counts(
                calls: self.calls.saturatingAdd(other.calls),
                failures: self.failures.saturatingAdd(other.failures),
                slow: self.slow.saturatingAdd(other.slow))
        }
    }

    private struct Place: Hashable, Sendable {
        let reporter: ReporterID
        var tally = Tally()

        /// Those with the same counts come in one order at every look.
        func precedes(_ other: Place, by trouble: InstanceShare.Trouble) -> Bool {
            let (mine, others) = (self.tally.both, other.tally.both)
            return (mine.of(trouble), mine.calls, other.reporter.rawValue)
                > (others.of(trouble), others.calls, self.reporter.rawValue)
        }
    }

    private var half = WindowHalf()
    private var all = Tally()
    private var places: [Place] = []

    package init() {}

    package var isEmpty: Bool { self.places.isEmpty }

    /// Counts calls of one instance that enter the window at `now`.
    package mutating func add(
        _ entry: WindowEntry, from reporter: ReporterID, halves: Window.Halves, at now: Instant
    ) {
        guard !self.isEmpty || entry.isInTrouble else { return }
        self.end(self.half.advance(halves, entering: entry.calls, at: now))
        // What was in trouble may have left the window just now.
        guard !self.isEmpty || entry.isInTrouble else { return }
        self.all.recent.add(entry)
        if let index = self.place(of: reporter, isInTrouble: entry.isInTrouble) {
            self.places[index].tally.recent.add(entry)
        }
    }

    /// Lets go of calls that have left the window by `now`.
    package mutating func trim(halves: Window.Halves, at now: Instant) {
        self.end(self.half.advance(halves, entering: 0, at: now))
    }

    /// The instances with the most of `trouble` first; none where no call is in trouble.
    ///
    /// - Parameter trouble: what shares are taken of; nil: failures, or slow calls where no call failed.
    package func ranked(
        by trouble: InstanceShare.Trouble? = nil, halves: Window.Halves, at now: Instant
    ) -> [InstanceShare] {
        var current = self
        current.trim(halves: halves, at: now)
        let all = current.all.both
        let trouble = trouble ?? (all.failures > 0 ? .failures : .slow)
        return current.places
            .sorted { $0.precedes($1, by: trouble) }
            .map { place in
                let counts = place.tally.both
                return InstanceShare(
                    .hashed(place.reporter), calls: counts.calls, failures: counts.failures,
                    slow: counts.slow, share: UInt64(counts.of(trouble)).share(of: UInt64(all.of(trouble))))
            }
    }

    /// Where an instance is counted; nil: nowhere, since all places are taken by others that matter more.
    private mutating func place(of reporter: ReporterID, isInTrouble: Bool) -> Int? {
        if let index = self.places.firstIndex(where: { $0.reporter == reporter }) { return index }
        if self.places.count < ReporterShares.capacity {
            self.places.append(Place(reporter: reporter))
            return self.places.count - 1
        }
        guard isInTrouble,
            let least = self.places.indices.min(by: {
                self.places[$0].tally.both.trouble < self.places[$1].tally.both.trouble
            })
        else { return nil }
        self.places[least] = Place(reporter: reporter)
        return least
    }

    private mutating func end(_ halves: Int) {
        guard halves > 0, !self.isEmpty else { return }
        self.all.rotate()
        guard halves == 1, self.all.both.trouble > 0 else {
            (self.all, self.places) = (Tally(), [])
            return
        }
        for index in self.places.indices { self.places[index].tally.rotate() }
        self.places.removeAll { $0.tally.former.calls == 0 }
    }
}
