import BreakerServer
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Those who look at what all breakers count. A thousand watches would have the same text written and read a
/// thousand times: it is written once, and goes to all, on the web server's own thread.
final class CountsAudience: Sendable {
    private enum Wants {
        /// It does not know the breakers yet.
        case nothing
        case everything
        /// It knows what all have counted, up to the round before.
        case changes
    }

    private struct Place {
        let channel: any Channel
        let encoding: EventEncoding
        var wants = Wants.nothing
    }

    private typealias Texts = [EventEncoding: ByteBuffer]

    /// A round on its way.
    private struct Telling {
        let changes: Texts
        /// Of every breaker; nil: the round has only what has changed.
        let everything: Texts?
        var rest: ArraySlice<Int>
        let beatSize: Int
    }

    /// What the thread alone touches.
    private struct State {
        var places: [Int: Place] = [:]
        var last = 0
        var listening: InnerDoor.CountsListening?
        /// From when a round is made until all have been told: there is no other one meanwhile.
        var isTelling = false
        var telling: Telling?
    }

    /// Into so many parts a large audience is divided, and the breath after each, in which calls have the
    /// processor: all have been told before the next round.
    private static let beats = 1_000
    private static let breath = TimeAmount.microseconds(700)

    private let door: InnerDoor
    private let loop: any EventLoop
    private let state: NIOLoopBoundBox<State>
    /// Makes a round's texts.
    private let making = Mutex<Task<Void, Never>?>(nil)

    init(_ door: InnerDoor, _ loop: WebLoop) {
        (self.door, self.loop) = (door, loop.loop)
        self.state = .makeBoxSendingValue(State(), eventLoop: loop.loop)
    }

    /// Somebody looks, who has had the response's head.
    func join(_ channel: any Channel, _ encoding: EventEncoding) async throws -> Int {
        try await self.loop.submit {
            let number = self.state.value.last + 1
            self.state.value.last = number
            self.state.value.places[number] = Place(channel: channel, encoding: encoding)
            if self.state.value.listening == nil {
                self.state.value.listening = self.door.listenToCounts { [weak self] in self?.tell($0) }
            }
            return number
        }.get()
    }

    /// Nothing is written to it once this has returned.
    func leave(_ number: Int) async throws {
        try await self.loop.submit {
            self.state.value.places[number] = nil
            guard self.state.value.places.isEmpty, let listening = self.state.value.listening else { return }
            self.door.stop(listening)
            self.state.value.listening = nil
        }.get()
    }

    /// - Parameter isSynced: whether it knows all breakers now, or is told them anew.
    func set(_ number: Int, isSynced: Bool) async throws {
        try await self.loop.submit {
            self.state.value.places[number]?.wants = isSynced ? .everything : .nothing
        }.get()
        if isSynced { self.door.wantAllCounts() }
    }

    /// Once nobody looks any more.
    func stop() async {
        await self.making.withLock(\.self)?.value
    }

    // MARK: A round

    /// Its texts are made elsewhere: ten thousand breakers' take a while.
    private func tell(_ round: CountsRound) {
        self.making.withLock { making in
            making = Task {
                guard let encodings = try? await self.loop.submit({ self.begin() }).get() else { return }
                let changes = CountsAudience.texts(round.events(all: false), encodings)
                let everything = round.isFull ? CountsAudience.texts(round.events(all: true), encodings) : nil
                _ = try? await self.loop.submit { self.tell(changes, everything) }.get()
            }
        }
    }

    /// In which encodings it is wanted; nil: nobody is told this round.
    private func begin() -> Set<EventEncoding>? {
        if self.state.value.isTelling {
            self.miss()
            return nil
        }
        let encodings = Set(self.state.value.places.values.map(\.encoding))
        self.state.value.isTelling = !encodings.isEmpty
        return encodings.isEmpty ? nil : encodings
    }

    /// Whoever wanted its changes has to know everything.
    private func miss() {
        for number in self.state.value.places.keys where self.state.value.places[number]?.wants == .changes {
            self.state.value.places[number]?.wants = .everything
        }
        self.door.wantAllCounts()
    }

    private func tell(_ changes: Texts, _ everything: Texts?) {
        let numbers = Array(self.state.value.places.keys)
        self.state.value.telling = Telling(
            changes: changes, everything: everything, rest: numbers[...],
            beatSize: (numbers.count + CountsAudience.beats - 1) / CountsAudience.beats)
        self.beat()
    }

    private func beat() {
        guard var telling = self.state.value.telling, !telling.rest.isEmpty else {
            (self.state.value.telling, self.state.value.isTelling) = (nil, false)
            return
        }
        var isBehind = false
        for number in telling.rest.prefix(telling.beatSize) {
            isBehind = self.give(telling, to: &self.state.value.places[number]) || isBehind
        }
        if isBehind { self.door.wantAllCounts() }
        telling.rest = telling.rest.dropFirst(telling.beatSize)
        self.state.value.telling = telling
        self.loop.assumeIsolated().scheduleTask(in: CountsAudience.breath) { self.beat() }
    }

    /// True: it has to know everything, and does not.
    private func give(_ telling: Telling, to place: inout Place?) -> Bool {
        guard let (channel, encoding, wants) = place.map({ ($0.channel, $0.encoding, $0.wants) }),
            wants != .nothing
        else { return false }
        guard let text = (wants == .changes ? telling.changes : telling.everything)?[encoding] else {
            return true
        }
        // Who has yet to read what came before is told all anew, once it has.
        let isReading = channel.isWritable
        if isReading, text.readableBytes > 0 {
            channel.writeAndFlush(HTTPResponsePart.body(text), promise: nil)
        }
        place?.wants = isReading ? .changes : .everything
        return !isReading
    }

    /// The events of a round, one after the other, once in each encoding that somebody takes. They have no
    /// id: who comes back after one might have missed a change that its own watch was about to tell.
    private static func texts(_ events: [ByteBuffer], _ encodings: Set<EventEncoding>) -> Texts {
        var text = ByteBuffer()
        for event in events { text.writeImmutableBuffer(EventStream.event("event: counts\n", event)) }
        return Texts(uniqueKeysWithValues: encodings.map { ($0, $0.shared(text)) })
    }
}
