import BreakerCore
import Yams

/// Turns Yams' nodes into `YAMLNode`s and collects the repeated keys.
struct YAMLTreeReader {
    typealias Failure = YAMLDocument.Failure

    /// Keys that were renamed to set repeated ones apart, with what they were.
    let renamed: [String: String]
    private(set) var duplicates: [YAMLDocument.Duplicate] = []
    private var nodes = 0

    /// 10,000 rules with every field hold fewer; aliases of aliases would have no end.
    private static let maximumNodes = 200_000

    init(renamed: [String: String]) {
        self.renamed = renamed
    }

    /// `field` is the way to the node, for messages: "limits" or "policies[2]"; empty at the root.
    mutating func read(_ node: Node, field: String) throws(Failure) -> YAMLNode {
        self.nodes += 1
        guard self.nodes <= YAMLTreeReader.maximumNodes else {
            let most = YAMLTreeReader.maximumNodes
            throw Failure(line: node.mark?.line, message: "holds more than \(most) values")
        }
        switch node {
        case .scalar(let scalar):
            return .scalar(text: scalar.string, value: YAMLTreeReader.value(of: scalar))
        case .sequence(let sequence):
            var items: [YAMLNode.Item] = []
            for (index, node) in sequence.enumerated() {
                let value = try self.read(node, field: "\(field)[\(index)]")
                items.append(YAMLNode.Item(line: node.mark?.line ?? 0, value: value))
            }
            return .list(items)
        case .mapping(let mapping):
            return .mapping(try self.entries(of: mapping, prefix: field.isEmpty ? "" : "\(field)."))
        case .alias(let alias):
            throw Failure(line: alias.mark?.line, message: "holds an alias without its anchor")
        }
    }

    private mutating func entries(
        of mapping: Node.Mapping, prefix: String
    ) throws(Failure) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var lines: [String: Int] = [:]
        for (key, node) in mapping {
            let line = key.mark?.line ?? 0
            guard let written = key.scalar?.string else {
                throw Failure(line: line, message: "holds a key that is a list or a mapping")
            }
            let name = self.renamed[written] ?? written
            let value = try self.read(node, field: prefix + name)
            if let firstLine = lines[name] {
                self.duplicates.append(.init(field: prefix + name, line: line, firstLine: firstLine))
            } else {
                lines[name] = line
                entries.append(YAMLNode.Entry(name: name, line: line, value: value))
            }
        }
        return entries
    }

    /// Quoted, block and `!!str` scalars are text; others are what the core schema says.
    private static func value(of scalar: Node.Scalar) -> PolicyValue {
        let isText = scalar.tag == Tag(.str) || scalar.tag == Tag(.nonSpecific)
        switch scalar.style {
        case .plain where !isText: return CoreSchema.value(ofPlain: scalar.string)
        case .plain, .any, .singleQuoted, .doubleQuoted, .literal, .folded: return .text(scalar.string)
        }
    }
}
