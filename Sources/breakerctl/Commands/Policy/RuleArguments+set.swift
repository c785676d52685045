import BreakerClient

extension RuleArguments {
    /// Sets the rule, or asks what setting it would do, and says so: what `policy set` and `policy check` do.
    func set(dryRun: Bool, options: RuleOptions, globals: GlobalOptions) async throws {
        let policy = try self.policy
        try await globals.withClient { client in
            if globals.json {
                var fields = options.fields(match: self.match, dryRun: dryRun)
                fields.add("policy", .json(policy.json))
                return try await globals.printReply(of: client, "policy.set", fields)
            }
            let change = try await client.policySet(
                match: self.match, policy: policy, dryRun: dryRun, ifRevision: options.revision,
                note: options.note.note)
            let outcome = PolicyTables.outcome(change, done: "set for \(self.match)")
            try globals.screen.show(sentence: outcome)
        }
    }
}
