// ArgumentParser takes a subcommand's options after its name only. People type `breakerctl --url … list` as
// well, and keep it in aliases; so the options that every subcommand has are moved behind the rest before
// parsing.

import ArgumentParser

/// The common options in front of the subcommand.
enum LeadingOptions {
    private static let flags: Set<String> = ["--json", "--no-color"]
    private static let subcommands = Set(
        Breakerctl.configuration.groupedSubcommands.flatMap(\.subcommands).map {
            $0.configuration.commandName ?? "\($0)".lowercased()
        } + ["help"])
    private static let valued: Set<String> = ["--url", "--timeout"]

    /// The arguments with the common options that lead them moved to the end, or to before a `--`.
    static func moved(_ arguments: [String]) -> [String] {
        var count = 0
        while count < arguments.count, let length = self.length(of: arguments[count]),
            count + length <= arguments.count
        {
            count += length
        }
        let rest = arguments[count...]
        // Without a subcommand there is nothing to move behind.
        guard count > 0, !rest.isEmpty else { return arguments }
        // Nothing could take the options there: the complaint shall be about the name.
        if let name = rest.first, !name.hasPrefix("-"), !self.subcommands.contains(name) { return [name] }
        let end = rest.firstIndex(of: "--") ?? rest.endIndex
        return Array(rest[..<end]) + arguments[..<count] + rest[end...]
    }

    /// How many arguments a common option takes up, itself included; nil if it is none.
    private static func length(of argument: String) -> Int? {
        if self.flags.contains(argument) { return 1 }
        if self.valued.contains(argument) { return 2 }
        return self.valued.contains { argument.hasPrefix($0 + "=") } ? 1 : nil
    }
}
