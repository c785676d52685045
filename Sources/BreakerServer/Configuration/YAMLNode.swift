import BreakerCore

/// A YAML value with the lines its parts stand in, counted from 1, and scalars read by the core schema.
indirect enum YAMLNode {
    struct Item {
        let line: Int
        let value: YAMLNode
    }

    struct Entry {
        let name: String
        /// The name's line.
        let line: Int
        let value: YAMLNode
    }

    case scalar(text: String, value: PolicyValue)
    case list([Item])
    /// Names are different from each other: a repeated one is in `YAMLDocument.duplicates`.
    case mapping([Entry])

    /// Without its lines, in the shape every source shares.
    var written: WrittenValue {
        switch self {
        case .scalar(let text, let value): .scalar(text: text, value: value)
        case .list(let items): .list(items.map(\.value.written))
        case .mapping: .mapping
        }
    }
}
