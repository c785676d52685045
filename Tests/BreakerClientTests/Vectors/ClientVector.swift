// Reads a client vector into steps. The format is described in Protocol/README.md.

import BreakerWire
import Foundation

/// One file of Protocol/client-vectors.
struct ClientVector: Sendable {
    struct Step: Sendable {
        enum Kind: Hashable, Sendable {
            /// `>`: the client's next line. `anywhere`, `>*`: one of those that have come.
            case expect(anywhere: Bool)
            /// `<`: a line of the daemon's.
            case send
            /// `<!`: a line that the daemon would not send.
            case sendAsItStands
            /// `@name`.
            case directive(String)
        }

        let line: Int
        let kind: Kind
        /// What follows the mark: of a directive its words, without the JSON at its end.
        let words: [String]
        /// The JSON of the line, of `<!` whatever it says; nil: it has none.
        let json: String?
    }

    let name: String
    let steps: [Step]

    static let folder = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../../../Protocol/client-vectors").standardizedFileURL

    /// The paths of all of them, sorted.
    static func all() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: ClientVector.folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "jsonl" }.sorted { $0.path < $1.path }
    }

    init(_ path: URL) throws {
        self.name = path.lastPathComponent
        let lines = try String(contentsOf: path, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        self.steps = try lines.enumerated().compactMap { index, line in
            let text = line.trimmingCharacters(in: .whitespaces)
            guard !text.isEmpty, !text.hasPrefix("#") else { return nil }
            guard let step = Step(text, line: index + 1) else {
                throw Missing("a step at \(path.lastPathComponent):\(index + 1), found \(text)")
            }
            return step
        }
    }
}

extension ClientVector.Step {
    fileprivate init?(_ text: String, line: Int) {
        let mark = text.prefix { $0 != " " }
        let rest = text.dropFirst(mark.count).trimmingCharacters(in: .whitespaces)
        self.line = line
        switch mark {
        case ">": (self.kind, self.words, self.json) = (.expect(anywhere: false), [], rest)
        case ">*": (self.kind, self.words, self.json) = (.expect(anywhere: true), [], rest)
        case "<": (self.kind, self.words, self.json) = (.send, [], rest)
        case "<!": (self.kind, self.words, self.json) = (.sendAsItStands, [], rest)
        default:
            guard mark.hasPrefix("@") else { return nil }
            let end = rest.firstIndex(of: "{") ?? rest.endIndex
            self.kind = .directive(String(mark.dropFirst()))
            self.words = rest[..<end].split(separator: " ").map(String.init)
            self.json = end < rest.endIndex ? String(rest[end...]) : nil
        }
    }
}
