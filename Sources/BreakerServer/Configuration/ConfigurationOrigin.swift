/// Who set a value, or who is to blame for it.
package enum ConfigurationOrigin: Hashable, Sendable {
    /// A command-line flag, with its dashes.
    case flag(String)
    /// A variable of the environment.
    case environment(String)
    /// A line of the file, counted from 1; nil where the file as a whole is meant.
    case file(String, line: Int?)
    /// Nobody: the built-in value.
    case `default`
}

extension ConfigurationOrigin {
    /// Whether its words say already which key is meant; a line of a file may hold several.
    var namesKey: Bool {
        switch self {
        case .flag, .environment: true
        case .file, .default: false
        }
    }
}

extension ConfigurationOrigin: CustomStringConvertible {
    /// For `--print-config`: `flag --listen`, `environment BREAKERD_LISTEN`, `file /etc/x.yaml:12`,
    /// `default`.
    package var description: String {
        switch self {
        case .flag(let name): "flag \(name)"
        case .environment(let name): "environment \(name)"
        case .file: "file \(self.place)"
        case .default: "default"
        }
    }

    /// For the start of an error message: a file as editors and compilers name it, `/etc/x.yaml:12`.
    package var place: String {
        switch self {
        case .file(let path, line: .some(let line)): "\(path):\(line)"
        case .file(let path, line: .none): path
        case .flag, .environment, .default: self.description
        }
    }
}
