import ArgumentParser

/// A breaker's name and patterns over names, checked before anything is sent: a mistyped one is a mistake of
/// usage, not of the daemon's.
enum NameArgument {
    private static let characters = "A-Z a-z 0-9 . _ : / @ -"

    /// The name as it is.
    @Sendable static func name(_ text: String) throws -> String {
        guard NameCharacters.fit(text, wildcards: false) else {
            throw ValidationError("A name has 1 to 128 bytes of \(self.characters).")
        }
        return text
    }

    /// The pattern as it is.
    @Sendable static func glob(_ text: String) throws -> String {
        guard NameCharacters.fit(text, wildcards: true) else {
            throw ValidationError(
                "A pattern has 1 to 128 bytes of \(self.characters), * for any run of characters and ? "
                    + "for one."
            )
        }
        return text
    }
}
