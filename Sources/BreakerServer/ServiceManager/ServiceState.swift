/// What the daemon is doing, as a sentence for people: `systemctl status` shows it.
struct ServiceState {
    enum Phase {
        case opening(database: String)
        /// `breakers`: how many the database held.
        case serving(breakers: Int, addresses: [String])
        case stopping
        case failed(cause: String)
    }

    /// Characters of a cause that are shown: the whole of it is in the log.
    private static let causeLength = 400

    var phase = Phase.opening(database: "")
    /// Set while the disk fails.
    var storeError: String?
    /// Set when the last reload changed nothing.
    var reloadError: String?

    /// On one line.
    var sentence: String {
        switch self.phase {
        case .opening(let database): "Opening the database \(database)."
        case .serving(let breakers, let addresses):
            "Serving on \(addresses.joined(separator: ", ")); started with "
                + (breakers == 1 ? "1 breaker." : "\(breakers) breakers.") + self.troubles
        case .stopping: "Stopping: answering what was read, then writing what is owed to the disk."
        case .failed(let cause): "Not started: \(ServiceState.line(cause))"
        }
    }

    private var troubles: String {
        var text = ""
        if let error = self.storeError {
            text += " The disk fails, state is kept in memory: \(ServiceState.line(error))."
        }
        if let error = self.reloadError {
            text += " The last reload failed, the former configuration holds: \(ServiceState.line(error))"
        }
        return text
    }

    /// A line break would begin another assignment of the message.
    private static func line(_ text: String) -> String {
        let joined = text.split(whereSeparator: \.isNewline).joined(separator: "; ")
        return joined.count > self.causeLength ? joined.prefix(self.causeLength) + "…" : joined
    }
}
