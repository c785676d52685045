import BreakerWire
import Foundation
import Logging
import NIOCore
import Synchronization

/// Writes log lines to standard error: text for people, JSON for machines; each line with one write.
struct LineLogHandler: LogHandler {
    /// The level in force, shared by all loggers so that a reload reaches them.
    final class Level: Sendable {
        private let level: Mutex<Logger.Level>

        init(_ level: Logger.Level) {
            self.level = Mutex(level)
        }

        var current: Logger.Level {
            get { self.level.withLock { $0 } }
            set { self.level.withLock { $0 = newValue } }
        }
    }

    let isJSON: Bool
    let sharedLevel: Level
    /// Of one logger alone; nil: the shared one.
    var ownLevel: Logger.Level?
    var output = LineOutput.standardError
    var metadata: Logger.Metadata = [:]

    var logLevel: Logger.Level {
        get { self.ownLevel ?? self.sharedLevel.current }
        set { self.ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let metadata = self.metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        var line = ByteBuffer()
        if self.isJSON {
            line.writeJSONLine { object in
                object.field("time", LineLogHandler.now())
                object.field("level", event.level.rawValue)
                object.field("event", event.message.description)
                for (key, value) in metadata { object.field(named: key, value.description) }
            }
        } else {
            let details = metadata.map { " \($0.key)=\(LineLogHandler.quoted($0.value.description))" }
                .joined()
            let level = event.level.rawValue.uppercased().padding(toLength: 8, withPad: " ", startingAt: 0)
            line.writeString("\(LineLogHandler.now()) \(level) \(event.message)\(details)\n")
        }
        self.output.write(line)
    }

    private static func now() -> String {
        Date.now.formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted)
        )
    }

    /// In quotes where it holds more than one word or anything that could forge a line.
    private static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") }
        return isPlain ? text : JSONValue.string(text).description
    }
}
