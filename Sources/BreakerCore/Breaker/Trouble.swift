/// What is known of the failed and slow calls that a breaker lately saw, for the explanation of a trip.
struct Trouble: Hashable, Sendable {
    var errors = ErrorTally()
    var shares = ReporterShares()
}

extension Breaker {
    /// Whose calls in the window are in trouble, those with the most first; none where no call is.
    ///
    /// - Parameter trouble: what shares are taken of; nil: failures, or slow calls where no call failed.
    package func shares(by trouble: InstanceShare.Trouble? = nil, at now: Instant) -> [InstanceShare] {
        self.trouble?.shares.ranked(by: trouble, halves: self.window.halves, at: now) ?? []
    }

    /// The error that most failures named lately.
    package var leadingError: String? { self.trouble?.errors.leading }

    private var trouble: Trouble? { self.boxedTrouble.first }

    mutating func countError(_ error: String?, times: UInt32 = 1) {
        guard let error, times > 0 else { return }
        self.beginTrouble()
        self.boxedTrouble[0].errors.count(error, times: times)
    }

    /// Enters calls into the window.
    @inline(__always)
    mutating func enter(_ entry: WindowEntry, from reporter: ReporterID, at now: Instant) {
        self.window.add(entry, from: reporter, at: now)
        if !self.boxedTrouble.isEmpty || entry.isInTrouble { self.share(entry, from: reporter, at: now) }
    }

    private mutating func share(_ entry: WindowEntry, from reporter: ReporterID, at now: Instant) {
        self.beginTrouble()
        self.boxedTrouble[0].shares.add(entry, from: reporter, halves: self.window.halves, at: now)
    }

    /// Lets go of what only calls long past hold.
    mutating func trimTrouble(at now: Instant) {
        guard !self.boxedTrouble.isEmpty else { return }
        if self.window.isEmpty {
            self.boxedTrouble = []
        } else {
            self.boxedTrouble[0].shares.trim(halves: self.window.halves, at: now)
        }
    }

    /// The window begins anew in another shape.
    mutating func forgetShares() {
        if !self.boxedTrouble.isEmpty { self.boxedTrouble[0].shares = ReporterShares() }
    }

    private mutating func beginTrouble() {
        if self.boxedTrouble.isEmpty { self.boxedTrouble = [Trouble()] }
    }
}
