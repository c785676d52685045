import BreakerStore

/// What is told of the disk.
struct StoreFamilies {
    let store: Store
    /// Breakers and batch sequences that the store has yet to be given.
    let unflushed: Int

    var all: [MetricFamily] {
        let status = self.store.status
        return self.health(status) + self.queues(status) + self.sizes(status)
    }

    private func health(_ status: StoreStatus) -> [MetricFamily] {
        [
            MetricFamily(
                "breakerd_store_failing", .gauge,
                help: "1 while the database cannot be written, else 0.",
                samples: [MetricSample(count: status.isFailing ? 1 : 0)]),
            MetricFamily(
                "breakerd_store_failing_seconds", .gauge, unit: .seconds,
                help: "For how long the database could not be written; 0 while it can.",
                samples: [MetricSample("", "", .real(status.failingFor?.seconds ?? 0))]),
            MetricFamily(
                "breakerd_store_commit_duration_seconds", .histogram, unit: .seconds,
                help: "Transactions, from their first statement to the disk's word that it has them.",
                samples: [MetricSample("", "", .histogram(MetricHistogram(self.store.commitDurations)))]),
        ]
    }

    private func queues(_ status: StoreStatus) -> [MetricFamily] {
        [
            MetricFamily(
                "breakerd_store_owed_records", .gauge, help: "Records that wait for the disk.",
                samples: [MetricSample(count: status.owed)]),
            MetricFamily(
                "breakerd_unflushed_breakers", .gauge,
                help: "Breakers, and batches of clients, whose counts the store has yet to be given.",
                samples: [MetricSample(count: self.unflushed)]),
            MetricFamily(
                "breakerd_store_dropped_events", .counter,
                help: "Events that the history lacks because too many waited for the disk.",
                samples: [MetricSample(count: status.droppedEvents)]),
        ]
    }

    private func sizes(_ status: StoreStatus) -> [MetricFamily] {
        [
            MetricFamily(
                "breakerd_store_history_events", .gauge, help: "Events in the history.",
                samples: [MetricSample(count: status.historyRows)]),
            MetricFamily(
                "breakerd_store_minute_rows", .gauge,
                help: "Minutes of breakers whose counts are kept for reports.",
                samples: [MetricSample(count: status.minuteRows)]),
            MetricFamily(
                "breakerd_store_database_bytes", .gauge, unit: .bytes,
                help: "The database's files; absent in memory.",
                samples: status.databaseBytes.map { [MetricSample(count: $0)] } ?? []),
            MetricFamily(
                "breakerd_store_disk_free_bytes", .gauge, unit: .bytes,
                help: "What may still be written where the database lies; absent in memory.",
                samples: status.diskFreeBytes.map { [MetricSample(count: $0)] } ?? []),
        ]
    }
}
