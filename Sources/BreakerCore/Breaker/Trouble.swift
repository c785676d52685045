/// What is known of the failed, slow and refused calls that a breaker lately saw, for whoever looks at it.
struct Trouble: Hashable, Sendable {
    var errors = ErrorTally()
    var shares = ReporterShares()
    var refusals = Refusals()
}

extension Breaker {
    /// Whose calls in the window are in trouble, those with the most first; none where no call is.
    ///
    /// - Parameter trouble: what shares are taken of; nil: failures, or slow calls where no call failed.
    package func shares(by trouble: InstanceShare.Trouble? = nil, at now: Instant) -> [InstanceShare] {
        self.trouble?.shares.ranked(by: trouble, halves: self.window.halves, at: now) ?? []
    }

    /// Whose calls were refused since the breaker last let every call pass, those with the most first.
    package var refused: [RefusedShare] { self.trouble?.refusals.ranked ?? [] }

    /// The error that most failures named lately.
    package var leadingError: String? { self.trouble?.errors.leading }

    private var trouble: Trouble? { self.boxedTrouble.first }

    mutating func countError(_ error: String?, times: UInt32 = 1) {
        guard let error, times > 0 else { return }
        self.beginTrouble()
        self.boxedTrouble[0].errors.count(error, times: times)
    }

    /// Counts calls that were not made. Those that come to be known when calls pass again are of the past.
    mutating func countRefused(_ calls: UInt32, from reporter: ReporterID) {
        self.totals.rejected.grow(by: UInt64(calls))
        guard calls > 0, self.phase.refuses else { return }
        self.beginTrouble()
        self.boxedTrouble[0].refusals.count(calls, from: reporter)
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
            self.endTrouble()
        } else {
            self.boxedTrouble[0].shares.trim(halves: self.window.halves, at: now)
        }
    }

    /// The window is empty: of trouble there is what was refused, as long as calls are.
    mutating func endTrouble() {
        guard !self.boxedTrouble.isEmpty else { return }
        let refusals = self.boxedTrouble[0].refusals
        if self.phase.refuses, !refusals.isEmpty {
            self.boxedTrouble[0] = Trouble(refusals: refusals)
        } else {
            self.boxedTrouble = []
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
