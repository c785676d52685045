import BreakerClient
import Foundation

/// An error reply as the daemon sends it, for `--json`.
struct ErrorReply: Hashable, Sendable {
    struct Detail: Hashable, Sendable {
        let code: String
        let message: String
        let field: String?
    }

    let error: Detail

    init(_ error: BreakerError) {
        self.error = Detail(code: error.code.rawValue, message: error.message, field: error.field)
    }

    /// One line of JSON, its members in the daemon's order.
    var json: String {
        let members = [
            ("code", self.error.code), ("message", self.error.message), ("field", self.error.field),
        ]
        let texts = members.compactMap { name, text in text.map { "\"\(name)\":\(ErrorReply.quoted($0))" } }
        return "{\"ok\":false,\"error\":{\(texts.joined(separator: ","))}}"
    }

    /// The text as JSON.
    static func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // A string cannot fail to encode.
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? #""""#
    }
}
