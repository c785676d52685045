package import Logging

/// What is logged and how it is written.
package struct LogSettings: Hashable, Sendable {
    /// The form of a line.
    package enum Format: String, CaseIterable, Hashable, Sendable {
        /// Text where a person reads (standard error is a terminal), JSON otherwise.
        case automatic = "auto"
        /// One readable line an event.
        case text
        /// One JSON object a line.
        case json
    }

    /// Events below this level are not written.
    package var level = Logger.Level.info
    package var format = Format.automatic

    package init(level: Logger.Level = .info, format: Format = .automatic) {
        self.level = level
        self.format = format
    }
}
