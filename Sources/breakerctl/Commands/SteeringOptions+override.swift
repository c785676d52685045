import BreakerClient

extension SteeringOptions {
    /// Puts an override in force, or clears it, and says so: what `open`, `close`, `disable` and `auto` do.
    func override(_ mode: OverrideMode, for time: TimeSpan?, globals: GlobalOptions) async throws {
        try await globals.withClient(about: self.name) { client in
            if globals.json {
                var fields = self.fields
                fields.add("mode", .string(mode.rawValue))
                fields.add("ttl_ms", (time?.milliseconds).map(RawField.number))
                return try await globals.printReply(of: client, "override", fields)
            }
            let standing = try await client.override(
                self.name, mode, ttl: time?.duration, ifGeneration: self.generation, note: self.note.note)
            let outcome = CommandOutcome.override(mode, for: time?.duration, standing)
            try globals.screen.show(sentence: outcome)
        }
    }
}
