import BreakerClient
import Foundation

/// An error reply as the daemon sends it, for `--json`.
struct ErrorReply: Hashable, Sendable, Encodable {
    struct Detail: Hashable, Sendable, Encodable {
        let code: String
        let message: String
        let field: String?
    }

    let ok = false
    let error: Detail

    private enum CodingKeys: CodingKey { case ok, error }

    init(_ error: BreakerError) {
        self.error = Detail(code: error.code.rawValue, message: error.message, field: error.field)
    }

    /// One line of JSON.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        // Three strings and a boolean cannot fail to encode.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? #"{"ok":false}"#
    }
}
