import BreakerCore

extension InnerDoor {
    /// All that is told to monitoring, at this moment. Takes one shard's lock after the other, each for as
    /// long as its breakers take to be read.
    package func metrics() -> MetricSnapshot {
        let engine = self.service.engine
        let reading = engine.readMetrics()
        // Counters first: what a flush hands over meanwhile is then counted twice rather than not at all.
        let unflushed = engine.unflushedCount
        let families =
            BreakerFamilies(breakers: reading.breakers).all
            + EngineFamilies(engine: engine, transitions: reading.transitions).all
            + ConnectionFamilies(service: self.service).all
            + StoreFamilies(store: self.service.store, unflushed: unflushed).all
            + ProcessFamilies(
                startSeconds: Double(self.service.startedMilliseconds) / 1_000, epoch: self.service.epoch
            ).all
        return MetricSnapshot(
            families: families, started: self.service.startedAt,
            startedMilliseconds: self.service.startedMilliseconds,
            takenMilliseconds: engine.clock.wallMilliseconds())
    }
}
