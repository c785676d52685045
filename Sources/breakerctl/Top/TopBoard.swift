import BreakerClient

/// What `top` knows of all breakers, kept by the events of one watch.
struct TopBoard: Sendable {
    private(set) var rows: [String: TopRow] = [:]
    /// Names that a snapshot has told; nil: none is coming in.
    private var told: Set<String>? = []

    /// Takes an event. True: everything is known up to here, and the listing should be asked for what the
    /// watch does not tell.
    mutating func take(_ event: BreakerEvent, at now: Duration) -> Bool {
        switch event {
        case .state(let change): self.changed(change, at: now)
        case .forgotten(let breaker, _): self.rows[breaker] = nil
        case .counts(let counts): for each in counts { self.rows[each.breaker]?.count(each, at: now) }
        case .heartbeat: break
        case .reset: self.told = []
        case .synced:
            if let told = self.told { self.rows = self.rows.filter { told.contains($0.key) } }
            self.told = nil
            return true
        }
        return false
    }

    private mutating func changed(_ change: BreakerChange, at now: Duration) {
        self.told?.insert(change.breaker)
        var row = self.rows[change.breaker] ?? TopRow(name: change.breaker)
        if row.generation != change.generation { row.since = self.told == nil ? now : nil }
        (row.state, row.generation) = (change.state, change.generation)
        (row.override, row.reason) = (change.override, change.reason)
        row.until = (change.retryAfter ?? change.override?.expiresIn).map { now + $0 }
        self.rows[change.breaker] = row
    }

    /// Takes over since when breakers are as they are.
    mutating func take(_ breakers: [BreakerStatus], at now: Duration) {
        for status in breakers where self.rows[status.breaker]?.generation == status.generation {
            self.rows[status.breaker]?.since = now - status.timeInState
        }
    }

    /// Lets the rates of those sink to 0 of which nothing is told any more.
    mutating func rest(at now: Duration) {
        for name in self.rows.keys { self.rows[name]?.rest(at: now) }
    }

    /// Those whose names have `text` in them, in order.
    func chosen(_ text: String, by order: TopOrder) -> [TopRow] {
        let wanted = text.lowercased()
        return self.rows.values
            .filter { wanted.isEmpty || $0.name.lowercased().contains(wanted) }
            .sorted(by: order.precedes)
    }
}
