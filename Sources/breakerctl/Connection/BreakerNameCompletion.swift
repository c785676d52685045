// Completions come while somebody types: what the daemon does not tell within 200 ms is not worth the wait,
// and an error message in the middle of a command line is worth less than nothing.

import BreakerClient

/// Names that the daemon knows, for the shell.
enum BreakerNameCompletion {
    private static let patience = Duration.milliseconds(200)
    private static let most = 1_000

    /// Called by the shell with its words, the one being completed, and what of that stands before the
    /// cursor.
    static let candidates: @Sendable ([String], Int, String) async -> [String] = { words, _, prefix in
        // Quoting and half-typed patterns are the shell's business, not names.
        guard NameCharacters.fit(prefix + "x", wildcards: false) else { return [] }
        return await BreakerNameCompletion.names(
            beginningWith: prefix, url: BreakerNameCompletion.url(in: words))
    }

    /// What `--url` says in the words typed so far.
    static func url(in words: [String]) -> String? {
        for (index, word) in words.enumerated() {
            if word == "--url", index + 1 < words.count { return words[index + 1] }
            if word.hasPrefix("--url=") { return String(word.dropFirst("--url=".count)) }
        }
        return nil
    }

    private static func names(beginningWith prefix: String, url: String?) async -> [String] {
        var configuration = BreakerClient.Configuration()
        configuration.name = "breakerctl"
        configuration.commandDeadline = self.patience
        configuration.connectDeadline = self.patience
        configuration.shutdownDeadline = .zero
        guard let client = try? BreakerClient(url: url, configuration: configuration) else { return [] }
        let page = try? await client.list(match: prefix + "*", limit: self.most)
        return page?.breakers.map(\.breaker) ?? []
    }
}
