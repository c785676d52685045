/// What to do at the start with a database file that is damaged.
package enum OnCorrupt: String, CaseIterable, Hashable, Sendable {
    /// Leave the file as it is, say what is wrong and end: a person decides.
    case refuse
    /// Move the file aside and start empty. Breakers that were open start closed.
    case quarantine
}
