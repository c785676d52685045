// The limits by their written names, and what each takes. The ranges stand here and nowhere else.

extension Limits {
    /// A limit's name: its key under `limits` in the file.
    package enum Name: String, CaseIterable, Hashable, Sendable {
        case connections
        case breakers
        case lineBytes = "line_bytes"
        case batch
        case watchesPerConnection = "watches_per_connection"
        case outputBytes = "output_bytes"
        case policies
        case instances
        case historyDays = "history_days"
        case historyRows = "history_rows"
        case minuteDays = "minute_days"
        case minuteRows = "minute_rows"
        case owedRecords = "owed_records"
        case metricsBreakers = "metrics_breakers"
    }

    /// A limit by its name.
    package subscript(name: Name) -> Int {
        get { self[keyPath: name.property] }
        set { self[keyPath: name.property] = newValue }
    }
}

extension Limits.Name {
    /// The values it takes, in the unit of the property.
    package var range: ClosedRange<Int> {
        switch self {
        // A descriptor each: what a well-endowed host allows one process.
        case .connections: 1...1_000_000
        // About 400 bytes each when idle: 4 GB at the top.
        case .breakers: 1...10_000_000
        // Below 1 KiB a report with an error's name does not fit; a line is held whole, so 1 MiB a
        // connection.
        case .lineBytes: 1_024...1_048_576
        // One batch is judged without a pause: 10,000 elements hold an event loop for milliseconds.
        case .batch: 1...10_000
        case .watchesPerConnection: 1...1_024
        // Room for one page of `list` at least; times `connections` at worst.
        case .outputBytes: 65_536...268_435_456
        // Every rule is tried when a breaker's policy is worked out.
        case .policies: 1...10_000
        case .instances: 1...10_000_000
        case .historyDays: 1...3_650
        // About 200 bytes each on disk: 20 GB at the top.
        case .historyRows: 1...100_000_000
        case .minuteDays: 1...3_650
        // About 60 bytes each on disk: 6 GB at the top.
        case .minuteRows: 1...100_000_000
        case .owedRecords: 1_000...10_000_000
        // About 20 series and 1.6 kB of a scrape each: 2 million series at the top, and half a gigabyte of
        // memory while they are told.
        case .metricsBreakers: 0...100_000
        }
    }

    fileprivate var property: WritableKeyPath<Limits, Int> {
        switch self {
        case .connections: \.connections
        case .breakers: \.breakers
        case .lineBytes: \.lineBytes
        case .batch: \.batch
        case .watchesPerConnection: \.watchesPerConnection
        case .outputBytes: \.outputBytes
        case .policies: \.policies
        case .instances: \.instances
        case .historyDays: \.historyDays
        case .historyRows: \.historyRows
        case .minuteDays: \.minuteDays
        case .minuteRows: \.minuteRows
        case .owedRecords: \.owedRecords
        case .metricsBreakers: \.metricsBreakers
        }
    }
}
