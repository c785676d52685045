/// Where the daemon keeps what must outlive a restart.
package enum DatabaseLocation: Hashable, Sendable {
    /// Nowhere: a restart starts empty, and generations start over. For tests and trials.
    case memory
    /// A SQLite file, made when it is missing.
    case file(String)

    /// Where the file stands unless another place is named.
    package static let defaultPath = "/var/lib/breakerd/breakerd.sqlite"
    /// How SQLite, and so the file and the flag, spell `memory`.
    package static let memoryName = ":memory:"

    package init(_ text: String) {
        self = text == DatabaseLocation.memoryName ? .memory : .file(text)
    }
}

extension DatabaseLocation: CustomStringConvertible {
    /// The path, or `:memory:`.
    package var description: String {
        switch self {
        case .memory: DatabaseLocation.memoryName
        case .file(let path): path
        }
    }
}
