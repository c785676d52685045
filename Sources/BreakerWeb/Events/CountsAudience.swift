import BreakerServer
import NIOCore
import Synchronization

/// Those who look at what all breakers count. A thousand watches would have the same text written and read a
/// thousand times: it is written once, and given to all.
final class CountsAudience: Sendable {
    /// Somebody who looks.
    struct Seat: Sendable {
        let number: Int
        /// Server-sent events, in the encoding that was asked for.
        let counts: AsyncStream<ByteBuffer>
    }

    private enum Wants {
        /// It does not know the breakers yet.
        case nothing
        case everything
        /// It knows what all have counted, up to the round before.
        case changes
    }

    private struct Place {
        let encoding: EventEncoding
        let continuation: AsyncStream<ByteBuffer>.Continuation
        var wants = Wants.nothing
    }

    private struct State {
        var places: [Int: Place] = [:]
        var last = 0
        var listening: InnerDoor.CountsListening?
        /// Tells a round: who is behind gets no further one, and rounds do not pile up.
        var telling: Task<Void, Never>?
    }

    private typealias Texts = [EventEncoding: ByteBuffer]

    /// Rounds that wait for one who reads slowly. One that finds no room is lost, and all is told anew.
    private static let patience = 2
    /// Into so many parts a large audience is divided, and the breath after each, in which calls have the
    /// processor: all have been told in half a second.
    private static let beats = 400
    private static let breath = Duration.milliseconds(1)

    private let door: InnerDoor
    private let loop: WebLoop
    private let state = Mutex(State())

    init(_ door: InnerDoor, _ loop: WebLoop) {
        (self.door, self.loop) = (door, loop)
    }

    /// Once nobody looks any more.
    func stop() async {
        let telling = self.state.withLock(\.telling)
        telling?.cancel()
        await telling?.value
    }

    func join(_ encoding: EventEncoding) -> Seat {
        let (counts, continuation) = AsyncStream.makeStream(
            of: ByteBuffer.self, bufferingPolicy: .bufferingOldest(CountsAudience.patience))
        let number = self.state.withLock { state in
            state.last += 1
            state.places[state.last] = Place(encoding: encoding, continuation: continuation)
            if state.listening == nil {
                state.listening = self.door.listenToCounts { [weak self] round in self?.tell(round) }
            }
            return state.last
        }
        return Seat(number: number, counts: counts)
    }

    func leave(_ number: Int) {
        self.state.withLock { state in
            state.places.removeValue(forKey: number)?.continuation.finish()
            guard state.places.isEmpty, let listening = state.listening else { return }
            self.door.stop(listening)
            state.listening = nil
        }
    }

    /// - Parameter isSynced: whether it knows all breakers now, or is told them anew.
    func set(_ number: Int, isSynced: Bool) {
        self.state.withLock { $0.places[number]?.wants = isSynced ? .everything : .nothing }
        if isSynced { self.door.wantAllCounts() }
    }

    private func tell(_ round: CountsRound) {
        self.state.withLock { state in
            guard state.telling == nil else { return self.miss(&state) }
            let numbers = Array(state.places.keys)
            guard !numbers.isEmpty else { return }
            state.telling = Task(executorPreference: self.loop) {
                await self.tell(round, to: numbers)
                self.state.withLock { $0.telling = nil }
            }
        }
    }

    /// Nobody is told a round: whoever wanted its changes has to know everything.
    private func miss(_ state: inout State) {
        for number in state.places.keys where state.places[number]?.wants == .changes {
            state.places[number]?.wants = .everything
        }
        self.door.wantAllCounts()
    }

    private func tell(_ round: CountsRound, to numbers: [Int]) async {
        let encodings = self.state.withLock { Set($0.places.values.map(\.encoding)) }
        let changes = CountsAudience.texts(round.events(all: false), encodings)
        let everything = round.isFull ? CountsAudience.texts(round.events(all: true), encodings) : nil
        let beatSize = (numbers.count - 1) / CountsAudience.beats + 1
        var rest = numbers[...]
        while !rest.isEmpty {
            let isBehind = self.state.withLock { state in
                rest.prefix(beatSize).reduce(false) { isBehind, number in
                    self.give(&state.places[number], changes, everything) || isBehind
                }
            }
            if isBehind { self.door.wantAllCounts() }
            rest = rest.dropFirst(beatSize)
            try? await Task.sleep(for: CountsAudience.breath)
        }
    }

    /// True: it has to know everything, and does not.
    private func give(_ place: inout Place?, _ changes: Texts, _ everything: Texts?) -> Bool {
        guard let (wants, encoding) = place.map({ ($0.wants, $0.encoding) }), wants != .nothing else {
            return false
        }
        guard let text = (wants == .changes ? changes : everything)?[encoding] else { return true }
        guard text.readableBytes > 0 else {
            place?.wants = .changes
            return false
        }
        if case .enqueued? = place?.continuation.yield(text) {
            place?.wants = .changes
            return false
        }
        place?.wants = .everything
        return true
    }

    /// The events of a round, one after the other, once in each encoding that somebody takes. They have no
    /// id: who comes back after one might have missed a change that its own watch was about to tell.
    private static func texts(_ events: [ByteBuffer], _ encodings: Set<EventEncoding>) -> Texts {
        var text = ByteBuffer()
        for event in events { text.writeImmutableBuffer(EventStream.event("event: counts\n", event)) }
        return Texts(uniqueKeysWithValues: encodings.map { ($0, $0.shared(text)) })
    }
}
