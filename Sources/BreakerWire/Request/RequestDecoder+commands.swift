import BreakerCore

extension RequestDecoder {
    func override(_ fields: FieldReader) throws(WireError) -> Request.OverrideCommand {
        let breaker = try fields.name("breaker")
        let mode = try fields.required(
            "mode", try fields.choice("mode", OverrideWord.self), "must be open, closed, disabled or auto")
        let ttl = try fields.milliseconds("ttl_ms", 1...WireLimits.overrideMilliseconds)
        if mode == .auto, ttl != nil { throw fields.problem("ttl_ms", "must not stand beside mode auto") }
        return Request.OverrideCommand(
            breaker: breaker, mode: mode.mode, ttl: ttl, ifGeneration: try fields.counter("if_generation"),
            by: try fields.authorship())
    }

    func trip(_ fields: FieldReader) throws(WireError) -> Request.TripCommand {
        Request.TripCommand(
            breaker: try fields.name("breaker"),
            length: try fields.milliseconds("for_ms", 1...WireLimits.tripMilliseconds),
            ifGeneration: try fields.counter("if_generation"), by: try fields.authorship())
    }

    func reset(_ fields: FieldReader) throws(WireError) -> Request.ResetCommand {
        Request.ResetCommand(
            breaker: try fields.name("breaker"), ifGeneration: try fields.counter("if_generation"),
            by: try fields.authorship())
    }

    func policySet(_ fields: FieldReader) throws(WireError) -> Request.PolicySet {
        Request.PolicySet(
            match: try fields.glob("match"), policy: try fields.policy("policy"),
            ifRevision: try fields.counter("if_revision"), dryRun: try fields.flag("dry_run") ?? false,
            by: try fields.authorship())
    }

    func policyDelete(_ fields: FieldReader) throws(WireError) -> Request.PolicyDelete {
        Request.PolicyDelete(
            match: try fields.glob("match"), ifRevision: try fields.counter("if_revision"),
            dryRun: try fields.flag("dry_run") ?? false, by: try fields.authorship())
    }
}

/// What `mode` may say.
private enum OverrideWord: String, CaseIterable {
    case open, closed, disabled, auto

    var mode: Override.Mode? {
        switch self {
        case .open: .open
        case .closed: .closed
        case .disabled: .disabled
        case .auto: nil
        }
    }
}

extension FieldReader {
    func authorship() throws(WireError) -> Request.Authorship {
        Request.Authorship(
            actor: try self.text("actor", most: WireLimits.actorBytes),
            reason: try self.text("reason", most: WireLimits.reasonBytes))
    }

    /// A mandatory object of policy fields.
    func policy(_ key: String) throws(WireError) -> PolicyPatch {
        let object = try self.required(key, try self.object(key), "must be an object")
        return try PolicyPatch(object.object, path: self.prefix + key)
    }
}
