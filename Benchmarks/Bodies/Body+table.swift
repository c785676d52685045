// The engine with as many breakers as it is asked to hold: finding one among them and deciding.

import BreakerCore
import BreakerServer
import BreakerStore
import Dispatch

/// An engine that knows some breakers, and their names.
private struct Populated: Sendable {
    let engine: Engine
    let names: Lines
    let reporter = Reporter(session: SessionID(rawValue: 1), instance: ReporterID(instance: "shop-1"))
    /// Goes on from loop to loop: short ones would only meet what the processor's cache still holds.
    private var turn = 0

    init(_ count: Int) throws {
        let (store, loaded) = try Store.open(
            StoreOptions(location: .memory), wallMilliseconds: DaemonClock.manualWallStart)
        // A fixed seed: names fall into the same places each time.
        self.engine = Engine(
            settings: Engine.Settings(
                maximumBreakers: count, maximumPolicies: 100, maximumInstances: 100, seed: 1),
            clock: .manual(lastWall: 0), store: store, loaded: loaded, filePolicies: [])
        self.names = Lines((0..<count).lazy.map(breakerName))
        for index in 0..<count { try self.acquire(index) }
    }

    @inline(__always)
    func acquire(_ index: Int) throws {
        let (verdict, _) = try self.engine.acquire(
            self.names[index], by: self.reporter, lease: nil, at: start)
        guard case .allowed = verdict else { throw Unprepared(what: "a closed breaker") }
    }

    mutating func next() -> Int {
        self.turn &+= 1
        return self.turn
    }

    /// Some name or other, every one as often.
    @inline(__always)
    func index(_ turn: Int) -> Int {
        let random = UInt64(truncatingIfNeeded: turn) &* 0x9e37_79b9_7f4a_7c15
        return Int(truncatingIfNeeded: random.multipliedFullWidth(by: UInt64(self.names.count)).high)
    }
}

private let start = Instant(nanoseconds: 1_000_000_000)

extension Body {
    static let table = [
        Body("table/acquire, 100 breakers", on: { try Populated(100) }, loop: acquire),
        Body("table/report, 100 breakers", on: { try Populated(100) }, loop: report),
        Body("table/acquire, 1,000,000 breakers", on: { try Populated(1_000_000) }, loop: acquire),
        shared("table/acquire, 100 breakers, two threads", breakers: 100),
        shared("table/acquire, 1,000,000 breakers, two threads", breakers: 1_000_000),
    ]
}

private func acquire(_ populated: inout Populated, _ turns: Int) throws {
    for _ in 0..<turns {
        let turn = populated.next()
        try populated.acquire(populated.index(turn))
    }
}

private func report(_ populated: inout Populated, _ turns: Int) throws {
    let success = Report(.success, duration: .milliseconds(12))
    for _ in 0..<turns {
        let turn = populated.next()
        let name = populated.names[populated.index(turn)]
        let now = start + Interval(nanoseconds: Int64(turn) * 1_000)
        let reply = try populated.engine.report(name, success, from: populated.reporter, at: now)
        guard case .closed = reply.state else { throw Unprepared(what: "a closed breaker") }
    }
}

/// Each of two threads makes half of the turns, over the same breakers in another order.
private func shared(_ name: String, breakers: Int) -> Body {
    Body(name, threads: 2) {
        let populated = try Populated(breakers)
        return { turns in
            DispatchQueue.concurrentPerform(iterations: 2) { thread in
                let first = thread * 1_000_003
                do {
                    for turn in first..<first + turns / 2 { try populated.acquire(populated.index(turn)) }
                } catch { preconditionFailure("\(error)") }
            }
        }
    }
}
