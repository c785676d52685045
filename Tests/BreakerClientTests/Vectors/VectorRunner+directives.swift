// Directives about the connection and about time.

import BreakerClient
package import BreakerWire

extension VectorRunner {
    func perform(_ name: String, _ step: ClientVector.Step) async throws {
        switch name {
        case "client": break
        case "guard", "call", "decided", "end", "calls", "refused", "differ", "dropped", "told":
            try await self.performAboutCalls(name, step)
        case "policy": self.answers.policies[try step.word(0)] = try self.json(step)
        case "listen": try await self.daemon.listen(try step.word(0))
        case "deaf": try await self.daemon.stopListening(try step.word(0))
        case "accept": try await self.accept(step.words.first)
        case "greet":
            try await self.accept(nil)
            try await self.expect(["op": "hello", "...": true])
            self.answers.greet(with: step.json == nil ? [:] : try self.json(step))
            try self.answerTheLast()
        case "mirror": try await self.mirror(try self.json(step))
        case "answer": try self.answerTheLast()
        case "close": try await self.close()
        case "ended":
            try await self.eventually("the end of the connection") {
                try self.daemon.connection().lines.isClosed
            }
        case "alone":
            let phase = await self.client.settle().phase
            guard phase != .ready, phase != .greeting, !self.daemon.hasWaiting else {
                throw Missing("no connection")
            }
        case "quiet": try self.expectQuiet()
        case "advance": await self.clock.advance(by: .milliseconds(try step.number(0)))
        case "within": try await self.within(try step.number(0))
        case "freeze": self.clock.jump(by: .milliseconds(try step.number(0)))
        case "shutdown": self.shutdown = Task { [client] in await client.shutdown() }
        case "down":
            try await self.eventually("the end of the client") { await self.client.settle().phase == .closed }
            await self.shutdown?.value
        default: throw Missing("a directive, found @\(name)")
        }
    }

    /// Moves the clock until the client connects.
    private func within(_ milliseconds: Int) async throws {
        var left = milliseconds
        while !self.daemon.hasWaiting, left > 0 {
            await self.clock.advance(by: .milliseconds(min(left, 10)))
            try await self.rest()
            left -= 10
        }
        guard self.daemon.hasWaiting else { throw Missing("a connection within \(milliseconds) ms") }
        try await self.accept(nil)
    }

    private func answerTheLast() throws {
        guard let last else { throw Missing("a line to answer") }
        try self.answer(last)
    }

    private func accept(_ endpoint: String?) async throws {
        var accepted: String?
        try await self.eventually("a connection") {
            accepted = try self.daemon.accept()
            return accepted != nil
        }
        guard endpoint == nil || endpoint == accepted else {
            throw Missing("a connection to \(endpoint ?? ""), found one to \(accepted ?? "")")
        }
    }

    /// One watch of exactly these names, answered with these states.
    private func mirror(_ states: JSONValue) async throws {
        guard case .object(let states) = states else { throw Missing("an object") }
        let names = states.members.map(\.key).sorted().map { JSONValue.string($0) }
        try await self.expect(
            ["op": "watch", "id": ["$save": "watch"], "breakers": .array(names)], anywhere: true)
        try self.answerTheLast()
        let watch = self.matcher.saved["watch"] ?? .null
        for state in states.members {
            guard case .object(let members) = state.value else { continue }
            var event: JSONObject = ["watch": watch, "event": "state", "revision": 1]
            event.append("breaker", .string(state.key))
            for member in members.members { event.append(member.key, member.value) }
            self.answers.note(.object(event))
            try self.daemon.connection().send(JSONValue.object(event).description)
        }
        let synced: JSONValue = ["watch": watch, "event": "synced", "revision": 1, "policy_changes": 0]
        try self.daemon.connection().send(synced.description)
    }

    private func close() async throws {
        let before = await self.client.settle()
        try self.daemon.connection().close()
        try await self.eventually("the client to notice") {
            let status = await self.client.settle()
            switch status.phase {
            case .ready, .greeting, .draining: return status.connections > before.connections
            case .idle, .connecting, .waiting, .closed: return true
            }
        }
    }
}

extension ClientVector.Step {
    func word(_ index: Int) throws -> String {
        guard index < self.words.count else { throw Missing("a further word") }
        return self.words[index]
    }

    func number(_ index: Int) throws -> Int {
        guard let number = Int(try self.word(index)) else { throw Missing("a number") }
        return number
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject()
        for (key, value) in elements { object.append(key, value) }
        self = .object(object)
    }
}
