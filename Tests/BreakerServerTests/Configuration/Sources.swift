import BreakerServer
import Foundation

/// A place to load from that depends on nothing of this machine.
enum Sources {
    static let host = HostFacts(cores: 4, hasRunDirectory: true)

    /// Loads with `yaml` as the file "test.yaml" in a directory of its own. Throws what the loader throws.
    static func load(
        _ yaml: String? = nil, environment: [String: String] = [:],
        flags: ConfigurationFlags = ConfigurationFlags(), host: HostFacts = Sources.host
    ) throws -> LoadedConfiguration {
        guard let yaml else {
            return try ConfigurationLoader(flags: flags, environment: environment, host: host).load()
        }
        return try Sources.withFile(Data(yaml.utf8)) { path in
            var flags = flags
            flags.config = path
            return try ConfigurationLoader(flags: flags, environment: environment, host: host).load()
        }
    }

    /// The problems of a file, each as the daemon prints it, with "F" for the file's path.
    static func problems(_ yaml: String) throws -> [String] {
        try Sources.problems(Data(yaml.utf8))
    }

    static func problems(_ yaml: Data) throws -> [String] {
        try Sources.withFile(yaml) { path in
            do throws(ConfigurationError) {
                var flags = ConfigurationFlags()
                flags.config = path
                _ = try ConfigurationLoader(flags: flags, host: Sources.host).load()
                return []
            } catch {
                return error.problems.map { $0.description.replacingOccurrences(of: path, with: "F") }
            }
        }
    }

    static func withFile<Result>(_ contents: Data, _ body: (String) throws -> Result) throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent("test.yaml")
        try contents.write(to: file)
        return try body(file.path)
    }
}
