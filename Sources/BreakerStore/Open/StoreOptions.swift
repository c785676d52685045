/// Where the database is and how much it keeps.
package struct StoreOptions: Hashable, Sendable {
    package enum Location: Hashable, Sendable {
        /// Nothing survives the process.
        case memory
        /// A file's path; its directory must exist.
        case file(String)
    }

    /// What to do with a damaged file.
    package enum OnCorrupt: String, CaseIterable, Hashable, Sendable {
        /// Leave it as it is and do not start.
        case refuse
        /// Move it aside and start empty.
        case quarantine
    }

    package var location: Location
    package var onCorrupt = OnCorrupt.refuse
    /// Events older than so many days are removed.
    package var historyDays = 30
    /// At most so many events are kept.
    package var historyRows = 1_000_000
    /// Minutes older than so many days are removed.
    package var minuteDays = 14
    /// At most so many minutes of breakers are kept.
    package var minuteRows = 2_000_000
    /// While the disk fails, at most so many events wait in memory; the oldest go first.
    package var owedLimit = 100_000

    package init(location: Location) {
        self.location = location
    }
}
