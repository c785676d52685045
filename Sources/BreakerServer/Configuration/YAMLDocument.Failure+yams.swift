import Yams

extension YAMLDocument.Failure {
    /// What Yams found, in its words, with its line.
    init(_ error: any Error) {
        guard let error = error as? YamlError else {
            self.init(line: nil, message: "is not YAML: \(error)")
            return
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let during = context.map { " (\($0.text) of line \($0.mark.line))" } ?? ""
            self.init(line: mark.line, message: "is not YAML: \(problem)\(during)")
        case .reader(let problem, let offset, _, let yaml):
            let line = offset.map { yaml.prefix($0).count { $0.isNewline } + 1 }
            self.init(line: line, message: "is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            self.init(line: context.mark.line, message: "sets twice: \(keys.joined(separator: ", "))")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            self.init(line: nil, message: "is not YAML: \(error)")
        }
    }
}
