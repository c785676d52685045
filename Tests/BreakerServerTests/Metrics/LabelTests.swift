import BreakerCore
import BreakerStore
import Foundation
import Testing

@testable import BreakerServer

@Suite("Which breakers have a label")
struct LabelTests {
    @Test("First come, first served; the rest is summed")
    func rest() throws {
        let engine = try Self.engine(labels: 2)
        for name in ["c", "a", "b"] { try Self.report(1, of: name, to: engine) }
        let reading = engine.readMetrics().breakers
        #expect(reading.map(\.name) == ["a", "c", "_other"])
        #expect(reading.map(\.totals.success) == [1, 1, 1])
        #expect(reading[2].breakers.closed == 1)
    }

    @Test("Where all have one, there is no rest")
    func noRest() throws {
        let engine = try Self.engine(labels: 3)
        for name in ["c", "a", "b"] { try Self.report(1, of: name, to: engine) }
        #expect(engine.readMetrics().breakers.map(\.name) == ["a", "b", "c"])
    }

    @Test("A breaker called _other is part of the rest")
    func calledOther() throws {
        let engine = try Self.engine(labels: 3)
        for name in ["_other", "a"] { try Self.report(1, of: name, to: engine) }
        for _ in 0..<2 { #expect(engine.readMetrics().breakers.map(\.name) == ["a", "_other"]) }
    }

    @Test("None at all is a setting, too")
    func none() throws {
        let engine = try Self.engine(labels: 0)
        for name in ["a", "b"] { try Self.report(500, of: name, to: engine) }
        for _ in 0..<2 { #expect(engine.readMetrics().breakers.map(\.name) == ["_other"]) }
    }

    @Test("A label is taken over by a breaker that is twice as busy, and comes back only after the same")
    func takeover() throws {
        let engine = try Self.engine(labels: 1)
        try Self.report(100, of: "first", to: engine)
        try Self.report(299, of: "second", to: engine)
        #expect(Self.labelled(engine) == ["first"])
        try Self.report(1, of: "second", to: engine)
        #expect(Self.labelled(engine) == ["second"])
        // It began to count when it got its label; what was before stays where it was counted.
        #expect(engine.readMetrics().breakers.map(\.totals.success) == [0, 300])
        try Self.report(599, of: "first", to: engine)
        #expect(Self.labelled(engine) == ["second"])
        try Self.report(1, of: "first", to: engine)
        #expect(Self.labelled(engine) == ["first"])
    }

    @Test("After a restart the busiest have the labels, and count from the start")
    func restart() async throws {
        let file = NSTemporaryDirectory() + "/labels-\(UUID().uuidString).sqlite"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let before = try Self.inside(labels: 1, database: file)
        for (name, calls) in [("a", 1), ("b", 50), ("c", 2)] {
            try Self.report(UInt32(calls), of: name, to: before.engine)
        }
        before.engine.flushCounters()
        await before.store.close(wallMilliseconds: DaemonClock.manualWallStart)
        let engine = try Self.inside(labels: 1, database: file).engine
        try Self.report(3, of: "b", to: engine)
        try Self.report(4, of: "c", to: engine)
        let reading = engine.readMetrics().breakers
        #expect(reading.map(\.name) == ["b", "_other"])
        #expect(reading.map(\.totals.success) == [3, 4])
    }

    @Test("How long calls took is counted in the series that its breaker had then")
    func durations() throws {
        let engine = try Self.engine(labels: 1)
        let counts = {
            engine.readMetrics().breakers.map { $0.durations.histogram?.counts.reduce(0, +) ?? 0 }
        }
        try Self.report(100, of: "first", to: engine)
        try Self.report(299, of: "second", to: engine)
        #expect(counts() == [100, 299])
        try Self.report(1, of: "second", to: engine)
        // The label is taken over after this.
        #expect(counts() == [100, 300])
        try Self.report(1, of: "second", to: engine)
        try Self.report(1, of: "first", to: engine)
        #expect(engine.readMetrics().breakers.map(\.name) == ["second", "_other"])
        #expect(counts() == [1, 301])
    }

    // MARK: Support

    private static func inside(labels: Int, database: String? = nil) throws -> TestEngine {
        var limits = Limits()
        limits.metricsBreakers = labels
        return try TestEngine(database: database, limits: limits)
    }

    private static func engine(labels: Int) throws -> Engine { try self.inside(labels: labels).engine }

    /// Who has a label after the next scrape: a scrape shows what was, and then labels change hands.
    private static func labelled(_ engine: Engine) -> [String] {
        _ = engine.readMetrics()
        return engine.readMetrics().breakers.map(\.name).filter { $0 != LabelRoom.others }
    }

    private static func report(_ successes: UInt32, of name: String, to engine: Engine) throws {
        var batch = BatchReport()
        batch.success = successes
        let reporter = Reporter(session: SessionID(rawValue: 1), instance: ReporterID(instance: "i"))
        try withUnsafePointer(to: DurationCount(LatencyBucket(milliseconds: 5), successes)) { duration in
            try name.withNameBytes { bytes throws(EngineError) in
                _ = try engine.report(
                    bytes, batch, durations: UnsafeBufferPointer(start: duration, count: 1), from: reporter,
                    at: engine.clock.now())
            }
        }
    }
}
