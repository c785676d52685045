import BreakerCore

extension RequestDecoder {
    func watch(_ fields: FieldReader, id: RequestID) throws(WireError) -> Request.Watch {
        if id.isNone { throw .badRequest("id", "is missing: it names the watch") }
        let range = 1...WireLimits.watchPatterns
        let values = try fields.required(
            "breakers", try fields.array("breakers", range, of: "patterns"), "must be an array of patterns")
        var globs: [Glob] = []
        for (index, value) in values.enumerated() {
            guard case .string(let pattern) = value, let glob = Glob(pattern) else {
                throw .badRequest("breakers[\(index)]", FieldReader.globRequirement)
            }
            globs.append(glob)
        }
        return Request.Watch(
            breakers: globs, since: try fields.counter("since"), counts: try fields.flag("counts") ?? false)
    }

    func unwatch(_ fields: FieldReader) throws(WireError) -> Request.Unwatch {
        guard let value = fields.value("watch"), let watch = RequestID(value) else {
            throw .badRequest("watch", "must be the id of a watch")
        }
        return Request.Unwatch(watch: watch)
    }

    func list(_ fields: FieldReader) throws(WireError) -> Request.List {
        Request.List(
            match: try fields.optionalGlob("match"),
            state: try fields.choice("state", BreakerState.self),
            limit: try fields.integer("limit", 1...Int64(WireLimits.page)).map(Int.init)
                ?? Request.List.defaultLimit,
            cursor: try fields.token("cursor", most: WireLimits.cursorBytes))
    }

    func history(_ fields: FieldReader) throws(WireError) -> Request.History {
        Request.History(
            breaker: try fields.optionalName("breaker"),
            limit: try fields.integer("limit", 1...Int64(WireLimits.page)).map(Int.init)
                ?? Request.History.defaultLimit,
            before: try fields.counter("before"))
    }

    func minutes(_ fields: FieldReader) throws(WireError) -> Request.Minutes {
        Request.Minutes(breaker: try fields.name("breaker"), span: try self.span(fields))
    }

    func summary(_ fields: FieldReader) throws(WireError) -> Request.Summary {
        Request.Summary(
            span: try self.span(fields),
            match: try fields.optionalGlob("match"),
            limit: try fields.integer("limit", 1...Int64(WireLimits.page)).map(Int.init)
                ?? Request.Summary.defaultLimit)
    }

    private func span(_ fields: FieldReader) throws(WireError) -> Request.Span {
        Request.Span(since: try fields.counter("since_ms"), until: try fields.counter("until_ms"))
    }

    func backupRead(_ fields: FieldReader) throws(WireError) -> Request.BackupRead {
        let backup = try self.backup(fields)
        let offset = try fields.integer("offset", 0...WireLimits.exactInteger)
        return Request.BackupRead(
            backup: backup,
            offset: Int(try fields.required("offset", offset, "must be an integer from 0")))
    }

    func backup(_ fields: FieldReader) throws(WireError) -> String {
        try fields.required(
            "backup", try fields.token("backup", most: WireLimits.idBytes),
            "must be a string as backup.begin gave it")
    }
}
