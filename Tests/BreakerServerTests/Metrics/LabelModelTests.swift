// Breakers come, go, change and take each other's labels, at random. Whatever happens, no counter goes back,
// and all series together have counted what all breakers have.

import BreakerCore
import Foundation
import Testing

@testable import BreakerServer

@Suite("Labels in metrics")
struct LabelModelTests {
    private static let names = (0..<12).map { "b\($0)" } + [LabelRoom.others]

    private static var seeds: [UInt64] {
        if let given = ProcessInfo.processInfo.environment["BREAKERD_SEED"].flatMap(UInt64.init) {
            return [given]
        }
        return (0..<8).map { _ in UInt64.random(in: 1 ... .max) }
    }

    @Test("No counter goes back, and each call is counted in one series", arguments: seeds)
    func calls(seed: UInt64) throws {
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        let engine = try Self.engine(labels: Int(seed % 5), idleAfter: "1m")
        var observer = SeriesObserver()
        var forgotten: UInt64 = 0
        for _ in 0..<2_000 {
            try Self.act(on: engine, &random)
            guard Int.random(in: 0..<8, using: &random) == 0 else { continue }
            // A series that ends with its breaker has been read to its end.
            observer.observe(engine)
            let before = Self.callsByName(engine)
            engine.advance(by: .seconds(Int64.random(in: 0..<90, using: &random)))
            let after = Self.callsByName(engine)
            for (name, calls) in before where after[name] == nil { forgotten += calls }
            observer.observe(engine)
            #expect(observer.calls == after.values.reduce(forgotten, +))
        }
    }

    @Test("All time of all breakers is counted in one series and state", arguments: seeds)
    func time(seed: UInt64) throws {
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        let engine = try Self.engine(labels: 3, idleAfter: "365d")
        var observer = SeriesObserver()
        var born: [String: Instant] = [:]
        for _ in 0..<1_000 {
            try Self.act(on: engine, &random)
            for name in Self.callsByName(engine).keys where born[name] == nil {
                born[name] = engine.clock.now()
            }
            guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
            engine.advance(by: .milliseconds(Int64.random(in: 0..<20_000, using: &random)))
            observer.observe(engine)
            let now = engine.clock.now()
            #expect(
                observer.milliseconds
                    == born.values.reduce(0) { $0 + (now - $1).nanoseconds / 1_000_000 })
        }
    }

    // MARK: Support

    private static func engine(labels: Int, idleAfter: String) throws -> Engine {
        var limits = Limits()
        limits.metricsBreakers = labels
        var patch = PolicyPatch()
        try patch.set(.idleAfter, to: .text(idleAfter))
        let rule = PolicyBook.Rule(match: try #require(Glob("*")), patch: patch)
        return try TestEngine(limits: limits, policies: [rule]).engine
    }

    private static func callsByName(_ engine: Engine) -> [String: UInt64] {
        let views = engine.list(match: nil, state: nil, after: nil, limit: 100).views
        return Dictionary(uniqueKeysWithValues: views.map { ($0.name, $0.breaker.totals.calls) })
    }

    /// Some event of some breaker; a few are much busier than others, and which they are changes.
    private static func act(on engine: Engine, _ random: inout SplitMix) throws {
        let favourite = Int(engine.clock.now().nanoseconds / 600_000_000_000) % names.count
        let isFavourite = Int.random(in: 0..<3, using: &random) > 0
        let name = isFavourite ? names[favourite] : names[Int.random(in: 0..<names.count, using: &random)]
        let now = engine.clock.now()
        switch Int.random(in: 0..<20, using: &random) {
        case 0: engine.perform(command(.trip(for: nil), name), at: now) { _ in }
        case 1: engine.perform(command(.reset, name), at: now) { _ in }
        case 2: engine.perform(command(.override(.open, ttl: .seconds(20)), name), at: now) { _ in }
        case 3: engine.perform(command(.override(nil, ttl: nil), name), at: now) { _ in }
        case 4..<10: _ = try engine.acquire(name)
        case _:
            var batch = BatchReport()
            batch.success = UInt32.random(in: 0..<200, using: &random)
            batch.failure = UInt32.random(in: 0..<10, using: &random)
            let reporter = Reporter(session: SessionID(rawValue: 1), instance: ReporterID(instance: "i"))
            try name.withNameBytes { bytes throws(EngineError) in
                _ = try engine.report(
                    bytes, batch, durations: UnsafeBufferPointer(start: nil, count: 0), from: reporter,
                    at: now)
            }
        }
    }

    private static func command(_ action: OperatorCommand.Action, _ name: String) -> OperatorCommand {
        OperatorCommand(breaker: name, action: action, actor: nil, note: nil, expectedGeneration: nil)
    }
}
