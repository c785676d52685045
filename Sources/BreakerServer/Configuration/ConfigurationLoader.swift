/// Puts the configuration together: flags over `BREAKERD_*` over the file over the defaults.
///
/// Holds the sources, not their result: `load()` again, and the file is read again. That is what a reload
/// does.
package struct ConfigurationLoader: Sendable {
    /// Names the file where no flag does.
    package static let fileVariable = "BREAKERD_CONFIG"

    private let flags: ConfigurationFlags
    private let environment: [String: String]
    private let host: HostFacts

    /// - Parameters:
    ///   - flags: The command line; `flags.config` names the file.
    ///   - environment: Every variable of the process; those of `ConfigurationKey.environmentName` count.
    ///   - host: What the defaults depend on.
    package init(
        flags: ConfigurationFlags = ConfigurationFlags(), environment: [String: String] = [:],
        host: HostFacts = .current
    ) {
        self.flags = flags
        self.environment = environment
        self.host = host
    }

    /// Reads one file and nothing else: to check it before it is put in place.
    package init(file: String) {
        var flags = ConfigurationFlags()
        flags.config = file
        self.init(flags: flags)
    }

    /// The file that is read, if any: there is no default place, so that what runs is what was asked for.
    package var file: String? {
        if let path = self.flags.config { return path }
        return self.environment[ConfigurationLoader.fileVariable].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Reads every source. Throws all that is wrong with any of them at once.
    package func load() throws(ConfigurationError) -> LoadedConfiguration {
        var draft = ConfigurationDraft(host: self.host)
        if let file = self.file {
            draft.apply(ConfigurationFile.read(file))
        }
        draft.apply(environment: self.environment)
        draft.apply(self.flags)
        return try draft.finish()
    }
}
