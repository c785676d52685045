// Runs a client vector against the real client, under a manual clock. A directive is carried out when the
// client is at rest: everything that either side has sent has arrived, and was acted upon.

import BreakerClient
import BreakerWire
import Testing

final class VectorRunner {
    private let vector: ClientVector
    let clock = ManualClientClock()
    let client: BreakerClient
    var daemon: VectorDaemon
    var matcher = VectorMatcher()
    var answers = VectorAnswers()
    var calls: [String: VectorCall] = [:]
    /// The refusals of the last `@refused`.
    var refusals: [BreakerOpen] = []
    /// What the last expectation took.
    var last: Received?
    var shutdown: Task<Void, Never>?

    init(_ vector: ClientVector) async throws {
        let settings = try ClientSettings(vector.steps.first)
        self.vector = vector
        let daemon = try await VectorDaemon(endpoints: settings.endpoints)
        self.daemon = daemon
        self.client = try BreakerClient(
            endpoints: settings.endpoints.map { try daemon.endpoint($0) },
            configuration: settings.configuration(self.clock))
    }

    func run() async throws {
        var line = 0
        do {
            for step in self.vector.steps {
                line = step.line
                try await self.perform(step)
            }
            // Nothing may be left that no line was about.
            repeat { try await self.rest() } while try self.answerTheUnexpected()
            try self.expectQuiet()
        } catch {
            Issue.record("\(self.vector.name):\(line): \(error)")
        }
        await self.end()
        try await self.daemon.stop()
    }

    /// Nothing of the client goes on after the vector.
    private func end() async {
        for call in self.calls.values { await call.cancel() }
        let end = Task { [client] in await client.shutdown() }
        while await self.client.settle().phase != .closed { await self.clock.advance(by: .seconds(1)) }
        await end.value
    }

    private func perform(_ step: ClientVector.Step) async throws {
        switch step.kind {
        case .expect(let anywhere): try await self.expect(try self.json(step), anywhere: anywhere)
        case .send: try self.send(step)
        case .sendAsItStands:
            let text = try self.matcher.substitute(step.json ?? "")
            try self.daemon.connection().send(text)
        case .directive(let name):
            repeat { try await self.rest() } while try self.answerTheUnexpected()
            try await self.perform(name, step)
        }
    }

    /// The step's JSON with everything saved put in.
    func json(_ step: ClientVector.Step) throws -> JSONValue {
        guard let json = step.json else { throw Missing("JSON") }
        return try JSONValue(text: self.matcher.substitute(json))
    }

    private func send(_ step: ClientVector.Step) throws {
        let value = try self.json(step)
        self.answers.note(value)
        try self.daemon.connection().send(value.description)
    }

    // MARK: What the client sends

    /// Takes the line that is expected.
    func expect(_ expected: JSONValue, anywhere: Bool = false) async throws {
        let op = expected.member("op")
        var reason: (any Error)?
        try await self.eventually("\(expected)\(reason.map { " (\($0))" } ?? "")") {
            for (index, line) in self.daemon.lines.enumerated() {
                guard anywhere || line["op"] == op || !VectorAnswers.isUnasked(line) else {
                    try self.answer(self.daemon.take(at: index))
                    return false
                }
                do {
                    try self.matcher.match(expected, VectorAnswers.normalized(line))
                } catch {
                    reason = error
                    guard anywhere else { throw error }
                    continue
                }
                self.last = self.daemon.take(at: index)
                return true
            }
            return false
        }
        if let last { try self.answers.check(last) }
    }

    /// Answers what no line is about. Whether there was anything.
    private func answerTheUnexpected() throws -> Bool {
        let unasked = self.daemon.lines.count(where: VectorAnswers.isUnasked)
        for _ in 0..<unasked {
            guard let index = self.daemon.lines.firstIndex(where: VectorAnswers.isUnasked) else { break }
            try self.answer(self.daemon.take(at: index))
        }
        return unasked > 0
    }

    func expectQuiet() throws {
        guard self.daemon.lines.isEmpty else {
            throw Missing("nothing, found \(self.daemon.lines.map(\.text))")
        }
    }

    func answer(_ request: Received) throws {
        guard let reply = try self.answers.reply(to: request) else { return }
        try self.daemon.connection().send(reply)
    }

    // MARK: Waiting

    /// Returns when everything that is under way has arrived.
    func rest() async throws {
        try await self.eventually("the client at rest") {
            self.daemon.hasArrived(await self.client.settle())
        }
        try self.daemon.look()
    }

    /// Polls, since what is awaited passes through sockets; half a minute is beyond any doubt.
    func eventually(_ what: @autoclosure () -> String, _ holds: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(30)
        var looks = 0
        while true {
            try self.daemon.look()
            if try await holds() { return }
            guard ContinuousClock.now < end else {
                throw Missing("\(what()), found \(self.daemon.lines.map(\.text))")
            }
            looks += 1
            // Mostly the next look shows it. Where it does not, others need the processor.
            if looks < 100 { await Task.yield() } else { try await Task.sleep(for: .milliseconds(1)) }
        }
    }
}

extension JSONValue {
    init(text: String) throws { self = .object(try Received(text).object) }

    func member(_ key: String) -> JSONValue? {
        if case .object(let object) = self { object[key] } else { nil }
    }
}
