package import BreakerCore

/// What the database held when it was opened.
package struct LoadedState: Sendable {
    /// A breaker's row, decoded, its times still wall time.
    package struct LoadedBreaker: Sendable {
        package let name: String
        /// What clients declared for it.
        package let declared: PolicyPatch?
        let stored: StoredBreaker

        /// The absolute generation, this run's era included.
        package var generation: UInt64 { self.stored.generation }

        /// The breaker with its times on this run's clock; see `LoadedState.anchor`.
        ///
        /// A wall clock that went backwards lengthens nothing: what is left of an open time or of an override
        /// is at most its whole length, and nothing lies in the future that has happened.
        package func savedBreaker(_ anchor: ClockAnchor) -> SavedBreaker {
            self.stored.saved(anchor)
        }
    }

    /// How many times this database was started, this one included: 1 for a new one. On disk before `open`
    /// returns.
    package var epoch: Int64 = 1
    /// How many of those starts followed a crash. Raises every generation by 1,000,000 each.
    package var era: Int64 = 0
    /// A new breaker's first generation is this plus one, at least.
    package var generationFloor: UInt64 = 0
    /// The latest wall time that was saved, milliseconds since 1970; 0 for a new database.
    package var lastWallMilliseconds: Int64 = 0
    package var breakers: [LoadedBreaker] = []
    /// The operator's rules, oldest first.
    package var policies: [PolicyRecord] = []
    /// 0 before the first change of the operator's rules.
    package var policyRevision: Int64 = 0
    /// The last batch number of each instance; never nil ones.
    package var sequences: [InstanceSequence] = []
    /// Where a damaged file went; nil: there was none.
    package var quarantinedFile: String?
    /// Rows that made no sense and were left out.
    package var skippedRows = 0

    package init() {}

    /// The anchor to restore with: a wall clock behind the last saved time counts as standing at that time.
    package func anchor(now: Instant, wallMilliseconds: Int64) -> ClockAnchor {
        ClockAnchor(now: now, wallMilliseconds: max(wallMilliseconds, self.lastWallMilliseconds))
    }
}
