// The loops that are measured. Each is a function of its own, so that none is optimised together with
// another.

import BreakerClient
import Synchronization

struct CannotPrepare: Error {}

/// Returns when the mirror knows the one breaker closed and the other open.
func prepare(_ client: BreakerClient, closed: Breaker, open: Breaker) async throws {
    _ = try await client.reset(closed.name)
    _ = try await client.trip(open.name, for: .seconds(300))
    // The first call may be asked for; the mirror is there when one is refused without its being asked.
    for _ in 0..<1_000 {
        _ = try? await closed.run {}
        do { try await open.run {} } catch is BreakerOpen {}
        try await Task.sleep(for: .milliseconds(1))
    }
}

@inline(never)
func mutexAndClock(_ calls: Int) -> Cost {
    let mutex = Mutex(0)
    var last = ContinuousClock.now
    let beginning = Beginning()
    for _ in 0..<calls {
        mutex.withLock { $0 &+= 1 }
        last = ContinuousClock.now
    }
    defer { keep(last) }
    return beginning.cost
}

@inline(never)
func pass(_ breaker: Breaker, _ calls: Int) async throws -> Cost {
    var sum = 0
    let beginning = Beginning()
    for _ in 0..<calls { sum &+= try await breaker.run { 1 } }
    defer { keep(sum) }
    return beginning.cost
}

@inline(never)
func classify(_ breaker: Breaker, _ calls: Int) async throws -> Cost {
    var sum = 0
    let beginning = Beginning()
    for _ in 0..<calls { sum &+= try await breaker.run(classify: { _ in nil }) { 1 } }
    defer { keep(sum) }
    return beginning.cost
}

@inline(never)
func refuse(_ breaker: Breaker, _ calls: Int) async throws -> Cost {
    var refused = 0
    let beginning = Beginning()
    for _ in 0..<calls {
        do { try await breaker.run {} } catch is BreakerOpen { refused += 1 }
    }
    guard refused == calls else { throw CannotPrepare() }
    return beginning.cost
}

/// Keeps the optimiser from leaving out what made the value.
@inline(never)
func keep<Value>(_ value: Value) {}
