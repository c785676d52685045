// Directives about guarded calls and what is told of them.

import BreakerClient
import BreakerWire

extension VectorRunner {
    func performAboutCalls(_ name: String, _ step: ClientVector.Step) async throws {
        switch name {
        case "guard":
            let policy = try step.json.map { _ in try BreakerPolicy(wire: self.json(step)) }
            for name in try step.names(0) { _ = self.client.breaker(name, policy: policy) }
        case "call":
            let asking = await self.client.settle().asking
            let call = VectorCall(self.client.breaker(try step.word(1)))
            self.calls[try step.word(0)] = call
            guard try step.word(2) == "asks" else { return try await self.check(call, step.word(2), step) }
            try await self.eventually("a question") { await self.client.settle().asking > asking }
        case "decided": try await self.check(try self.call(step), try step.word(1), step)
        case "end": try await self.end(try self.call(step), try step.word(1), step)
        case "calls":
            for name in try step.names(1) {
                for _ in 0..<(try step.number(0)) { try await self.callOnce(name, step) }
            }
        case "refused":
            self.refusals = []
            for _ in 0..<(try step.number(0)) {
                try await self.check(VectorCall(self.client.breaker(try step.word(1))), "refused", step)
            }
        case "differ":
            guard Set(self.refusals.map(\.retryAfter)).count * 2 >= self.refusals.count else {
                throw Missing("different times, found \(self.refusals)")
            }
        case "dropped": try await self.dropped(try step.number(0))
        case "told": try await self.told(try self.json(step))
        default: throw Missing("a directive, found @\(name)")
        }
    }

    private func call(_ step: ClientVector.Step) throws -> VectorCall {
        guard let call = self.calls[try step.word(0)] else { throw Missing("a call \(step.words)") }
        return call
    }

    /// Waits for the decision.
    private func check(_ call: VectorCall, _ expected: String, _ step: ClientVector.Step) async throws {
        try await self.eventually("a decision, \(expected)") { call.decided != nil }
        switch (call.decided, expected) {
        case (.allowed, "allowed"), (.cancelled, "cancelled"): break
        case (.refused(let error), "refused"):
            self.refusals.append(error)
            try self.matcher.match(try self.json(step), error.json)
        case (let decision, _): throw Missing("\(expected), found \(decision.map { "\($0)" } ?? "nothing")")
        }
    }

    private func end(_ call: VectorCall, _ outcome: String, _ step: ClientVector.Step) async throws {
        guard outcome != "cancelled" else { return await call.cancel() }
        let details = step.json == nil ? [:] : try self.json(step)
        await call.end(try CallVerdict(outcome, details))
    }

    private func callOnce(_ name: String, _ step: ClientVector.Step) async throws {
        let call = VectorCall(self.client.breaker(name))
        try await self.check(call, "allowed", step)
        try await self.end(call, try step.word(2), step)
    }

    private func dropped(_ count: Int) async throws {
        let dropped = self.client.droppedOutcomes
        guard dropped == count else { throw Missing("\(count) dropped, found \(dropped)") }
    }

    /// Takes and answers batches until they have told as many outcomes as expected; then the sums must be
    /// those.
    private func told(_ expected: JSONValue) async throws {
        var sums = OutcomeSums()
        let most = OutcomeSums(expected)
        while sums.outcomes < most.outcomes {
            try await self.expect(["op": "report", "reports": "$any", "...": true], anywhere: true)
            guard let last else { return }
            sums.add(last)
            try self.answer(last)
        }
        guard sums == most else { throw Missing("\(most.counts), found \(sums.counts)") }
    }
}

/// Counts of elements, added up.
private struct OutcomeSums: Equatable {
    private(set) var counts: [String: Double] = [:]

    init() {}

    init(_ counts: JSONValue) { self.add(counts) }

    var outcomes: Double {
        ["success", "failure", "timeout", "ignored", "rejected"].reduce(0) { $0 + (self.counts[$1] ?? 0) }
    }

    mutating func add(_ batch: Received) {
        guard case .array(let elements)? = batch["reports"] else { return }
        for element in elements { self.add(element) }
    }

    private mutating func add(_ element: JSONValue) {
        for key in ["success", "failure", "timeout", "ignored", "rejected", "slow"] {
            let count = element.member(key)?.double ?? 0
            if count > 0 { self.counts[key, default: 0] += count }
        }
    }
}

extension ClientVector.Step {
    /// A word that names one breaker, or with `[1..3]` in it several.
    func names(_ index: Int) throws -> [String] {
        let word = try self.word(index)
        let parts = word.split(separator: "[", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasSuffix("]") else { return [word] }
        let bounds = parts[1].dropLast().split(separator: ".").compactMap { Int($0) }
        guard bounds.count == 2 else { throw Missing("a range of numbers, found \(word)") }
        return (bounds[0]...bounds[1]).map { "\(parts[0])\($0)" }
    }
}

extension BreakerOpen {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["reason": .string(self.reason.rawValue)]
        if let retryAfter { object.append("retry_after_ms", .number(retryAfter / .milliseconds(1))) }
        return .object(object)
    }
}

extension CallVerdict {
    fileprivate init(_ outcome: String, _ details: JSONValue) throws {
        guard let outcome = CallOutcome(rawValue: outcome) else {
            throw Missing("an outcome, found \(outcome)")
        }
        self.init(outcome)
        if case .string(let error)? = details.member("error") { self.error = error }
        self.retryAfter = details.member("retry_after_ms")?.double.map { .milliseconds($0) }
    }
}

extension BreakerPolicy {
    /// Every field as it stands in JSON.
    fileprivate init(wire: JSONValue) throws {
        self.init()
        guard case .object(let fields) = wire else { throw Missing("a policy") }
        for field in fields.members {
            if case .string(let text) = field.value {
                try self.set(field.key, to: text)
            } else {
                try self.set(field.key, to: field.value.description)
            }
        }
    }
}
