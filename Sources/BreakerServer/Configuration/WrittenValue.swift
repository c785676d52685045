import BreakerCore

/// A value as somebody wrote it, in the one shape that flags, environment and file share.
enum WrittenValue: Hashable, Sendable {
    /// The text as it stands, and what YAML's core schema makes of it.
    case scalar(text: String, value: PolicyValue)
    case list([WrittenValue])
    case mapping

    /// Unquoted text: numbers, `true`, `null` mean what they say.
    init(plain text: String) {
        self = .scalar(text: text, value: CoreSchema.value(ofPlain: text))
    }

    /// One value, or a list where there are commas: how flags and environment write lists.
    init(commaSeparated text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            WrittenValue(plain: String(part.drop { $0 == " " }))
        }
        self = parts.count == 1 ? parts[0] : .list(parts)
    }

    /// For the end of an error message: what was found, cut to a length a line of a log bears.
    var found: String {
        switch self {
        case .scalar(text: _, value: .off): "nothing"
        case .scalar(let text, value: .text): text.count > 60 ? "\"\(text.prefix(60))…\"" : "\"\(text)\""
        case .scalar(let text, value: .flag), .scalar(let text, value: .integer),
            .scalar(let text, value: .number):
            "\(text.prefix(60))"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}
