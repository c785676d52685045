// One YAML document as a tree with lines.
//
// Yams gives up at the first mapping with a repeated key. Here all problems of a file are to be told at once,
// so the repeated key is renamed in the text, where Yams says it stands, to one that no file holds, and the
// text is composed again: lines stay what they were, and the tree is whole.

import BreakerCore
import Yams

/// A parsed document, its repeated keys set apart.
struct YAMLDocument {
    /// Why a text is not a YAML document.
    struct Failure: Error {
        let line: Int?
        let message: String
    }

    /// A key that its mapping already held.
    struct Duplicate {
        let field: String
        let line: Int
        let firstLine: Int
    }

    /// A null scalar for an empty text.
    let root: YAMLNode
    let duplicates: [Duplicate]

    init(_ text: String) throws(Failure) {
        let (node, renamed) = try YAMLDocument.compose(text)
        var reader = YAMLTreeReader(renamed: renamed)
        self.root =
            try node.map { node throws(Failure) in try reader.read(node, field: "") }
            ?? .scalar(text: "", value: .off)
        self.duplicates = reader.duplicates
    }

    /// Passes over a text, one for each repeated key that is renamed: more than a slip here and there is a
    /// mess, and then the first of those left is told alone.
    private static let maximumPasses = 32

    /// The root, and the keys that were renamed with what they were.
    private static func compose(_ text: String) throws(Failure) -> (root: Node?, renamed: [String: String]) {
        var text = text
        var renamed: [String: String] = [:]
        while true {
            do {
                // The basic resolver: `1` and "1" are one key, and scalars stay as written.
                return (try Yams.compose(yaml: text, .basic), renamed)
            } catch let YamlError.duplicatedKeysInMapping(keys, context) {
                // Yams sorts the keys and points at the first occurrence of the first.
                let placeholder = "\u{F8FF}\(renamed.count)"
                guard renamed.count < self.maximumPasses, let key = keys.first,
                    let changed = YAMLDocument.renaming(key, at: context.mark, in: text, to: placeholder)
                else {
                    let names = keys.map { "\"\($0)\"" }.joined(separator: ", ")
                    throw Failure(line: context.mark.line, message: "sets twice in one mapping: \(names)")
                }
                text = changed
                renamed[placeholder] = key
            } catch {
                throw Failure(error)
            }
        }
    }

    /// The text with the key at `mark` replaced; nil where the key is not found there in plain sight.
    private static func renaming(_ key: String, at mark: Mark, in text: String, to name: String) -> String? {
        // By scalars, as Yams counts columns; a carriage return before the line feed stays with its line.
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(
            Array.init)
        guard lines.indices.contains(mark.line - 1) else { return nil }
        let before = lines[mark.line - 1].prefix(mark.column - 1)
        let rest = lines[mark.line - 1].dropFirst(mark.column - 1)
        for written in ["\"\(key)\"", "'\(key)'", key] where rest.starts(with: written.unicodeScalars) {
            let after = rest.dropFirst(written.unicodeScalars.count)
            lines[mark.line - 1] = Array(before) + Array(name.unicodeScalars) + Array(after)
            var changed = String.UnicodeScalarView()
            changed.append(contentsOf: lines.joined(separator: "\n".unicodeScalars))
            return String(changed)
        }
        return nil
    }
}
