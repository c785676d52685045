import BreakerClient
import Foundation

/// One task's calls, one after the other.
///
/// Most are a `run` that ends at once. A few end in every other way there is: timed out, ignored, cancelled
/// under way, or through a permit that is reported, given back or dropped.
struct Load {
    private struct Failed: Error {}

    /// Calls between two breaths: the machine belongs to the daemon and the other processes too.
    private static let burst = 500
    /// For so long in each cycle a dependency fails.
    private static let sickMilliseconds: UInt64 = 1_000
    private static let cycleMilliseconds: UInt64 = 10_000

    private let guards: [Breaker]
    private var chance: Chance
    private var tally = Tally()

    init(guards: [Breaker], seed: UInt64) {
        self.guards = guards
        self.chance = Chance(seed: seed)
    }

    mutating func run(until stop: Stop) async -> Tally {
        while !stop.isAsked {
            for _ in 0..<Load.burst where !stop.isAsked { await self.call() }
            try? await Task.sleep(for: .milliseconds(1))
        }
        return self.tally
    }

    private mutating func call() async {
        self.tally.calls += 1
        let number = self.chance.below(self.guards.count)
        let breaker = self.guards[number]
        let fails = Load.isSick(number)
        do {
            switch self.chance.below(2_000) {
            case 0: try await self.cancelUnderWay(breaker)
            case 1..<40: try await self.holdPermit(breaker, fails: fails)
            case 40..<60: try await self.end(breaker, as: fails ? .timeout : .ignored)
            default: try await self.runPlain(breaker, fails: fails)
            }
        } catch is BreakerOpen {
            self.tally.rejected += 1
        } catch {
            self.tally.fail(error)
        }
    }

    private mutating func runPlain(_ breaker: Breaker, fails: Bool) async throws {
        do {
            try await breaker.run { if fails { throw Failed() } }
            self.tally.told += 1
        } catch is Failed {
            self.tally.told += 1
        }
    }

    private mutating func end(_ breaker: Breaker, as verdict: CallVerdict) async throws {
        try await breaker.run(classify: { _ in verdict }, {})
        self.tally.told += 1
    }

    private mutating func holdPermit(_ breaker: Breaker, fails: Bool) async throws {
        let permit = try await breaker.acquire()
        if permit.isProbe { self.tally.probes += 1 }
        switch self.chance.below(4) {
        case 0:
            permit.release()
            self.tally.released += 1
        case 1:
            // Dropped with the end of this function: given back by itself.
            self.tally.released += 1
        default:
            permit.report(fails ? .failure : .success)
            self.tally.told += 1
        }
    }

    /// The caller loses patience while the call is under way, or while it asks.
    private mutating func cancelUnderWay(_ breaker: Breaker) async throws {
        let call = Task { try await breaker.run { try await Task.sleep(for: .seconds(60)) } }
        call.cancel()
        do {
            try await call.value
        } catch is CancellationError {
            self.tally.cancelled += 1
        }
    }

    /// The dependencies fail in turn, at the same time for every process.
    private static func isSick(_ number: Int) -> Bool {
        let now = DispatchTime.now().uptimeNanoseconds / 1_000_000
        return (now + UInt64(number) * 379) % Load.cycleMilliseconds < Load.sickMilliseconds
    }
}

/// Random numbers that cost little (SplitMix64).
struct Chance {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func below(_ bound: Int) -> Int {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) >> 1) % bound
    }
}
