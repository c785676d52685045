// What is measured, each thing once: `scripts/count` counts its instructions and allocations, `scripts/bench`
// and the package in this folder time it.

/// One thing that is measured.
public struct Body: Sendable {
    /// Makes so many turns. It ends on the thread it began on, or nobody knows what it has allocated.
    public typealias Loop = nonisolated(nonsending) (_ turns: Int) async throws -> Void

    /// The module and what is done, unique: `core/acquire, closed`.
    public let name: String
    /// How many threads share the turns. What more than one do depends on who comes first: it is timed, but
    /// not counted.
    public let threads: Int
    /// About how many calls one turn stands for: a batch of 100 takes so many times as long as one.
    public let calls: Int
    /// Makes what the loop works on, so that only turns are measured.
    public let prepare: @Sendable () async throws -> Loop

    public static let all = core + wireReading + wireWriting + table + client

    init(
        _ name: String, threads: Int = 1, calls: Int = 1, prepare: @escaping @Sendable () async throws -> Loop
    ) {
        self.name = name
        self.threads = threads
        self.calls = calls
        self.prepare = prepare
    }

    /// A body that changes a state of its own at every turn.
    ///
    /// - Parameters:
    ///   - state: how it begins.
    ///   - loop: makes so many turns on it.
    init<State>(
        _ name: String, calls: Int = 1, on state: @escaping @Sendable () throws -> State,
        loop: @escaping @Sendable (inout State, Int) throws -> Void
    ) {
        self.init(name, calls: calls) {
            let box = Box(try state())
            return { turns in try loop(&box.value, turns) }
        }
    }
}

/// Where a state lies between its turns: access is checked once a loop, not once a turn.
private final class Box<Value> {
    var value: Value

    init(_ value: Value) { self.value = value }
}

/// What a body works on was not as it must be: nothing of it would be worth measuring.
struct Unprepared: Error {
    let what: String
}

/// Keeps the optimiser from leaving out what made the value.
@inline(never)
@_optimize(none)
func keep(_ value: Int) {}
