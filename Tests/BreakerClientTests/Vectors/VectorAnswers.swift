// What the scripted daemon answers by itself, and what of a batch is always checked.

import BreakerWire

struct VectorAnswers {
    /// By breaker: fields in effect, whatever is declared.
    var policies: [String: JSONValue] = [:]
    private var declared: [String: JSONValue] = [:]
    /// By breaker: the state that the vector told last.
    private var told: [String: (state: JSONValue, generation: JSONValue)] = [:]
    private var greeting = VectorAnswers.plainHello

    /// A request that no line need expect.
    static func isUnasked(_ request: Received) -> Bool {
        switch request["op"] {
        case "policy.get", "declare", "ping": true
        default: false
        }
    }

    /// Remembers an event.
    mutating func note(_ line: JSONValue) {
        guard line.member("event") == "state", case .string(let name)? = line.member("breaker") else {
            return
        }
        self.told[name] = (line.member("state") ?? "closed", line.member("generation") ?? 1)
    }

    /// The plainest success; nil: the request wants none.
    mutating func reply(to request: Received) throws -> String? {
        guard let id = request["id"] else { return nil }
        var reply: JSONObject = ["id": id, "ok": true]
        switch request["op"] {
        case "hello": for member in self.greeting.members { reply.append(member.key, member.value) }
        case "ping": reply.append("now_ms", 1_760_000_000_000)
        case "unwatch": break
        case "watch": reply.append("mode", "snapshot")
        case "release": self.appendState(of: request, to: &reply)
        case "declare":
            self.declared[request.breaker] = request["policy"]
            self.appendState(of: request, to: &reply)
            reply.append("policy", self.policy(of: request.breaker))
        case "policy.get":
            reply.append("breaker", .string(request.breaker))
            reply.append("policy", self.policy(of: request.breaker))
            reply.append("sources", VectorAnswers.sources)
        case "report": self.append(report: request, to: &reply)
        default: throw Missing("a line of its own to answer \(request.text)")
        }
        return JSONValue.object(reply).description
    }

    /// Says what `hello` is answered from now on.
    mutating func greet(with changes: JSONValue) {
        self.greeting = JSONObject()
        self.greeting.append(changes, over: VectorAnswers.plainHello)
    }

    private func appendState(of request: Received, to reply: inout JSONObject) {
        let (state, generation) = self.told[request.breaker] ?? ("closed", 1)
        reply.append("state", state)
        reply.append("generation", generation)
    }

    private func append(report request: Received, to reply: inout JSONObject) {
        guard case .array(let elements)? = request["reports"] else {
            return self.appendState(of: request, to: &reply)
        }
        reply.append("sequence", request["sequence"] ?? .null)
        let results = elements.map { element -> JSONValue in
            guard case .string(let name)? = element.member("breaker") else { return .null }
            let (state, generation) = self.told[name] ?? ("closed", 1)
            return ["breaker": .string(name), "state": state, "generation": generation]
        }
        reply.append("results", .array(results))
    }

    private func policy(of breaker: String) -> JSONValue {
        var declared = JSONObject()
        declared.append(self.declared[breaker] ?? [:], over: VectorAnswers.policy)
        var policy = JSONObject()
        policy.append(self.policies[breaker] ?? [:], over: declared)
        return .object(policy)
    }

    // MARK: Batches

    /// A request as vectors write it: elements without counts that are 0, which a client may leave out, and
    /// the names of a watch sorted.
    static func normalized(_ line: Received) -> JSONValue {
        var request = JSONObject()
        switch (line["reports"], line["breakers"]) {
        case (.array(let elements)?, _):
            request.append(["reports": .array(elements.map(self.normalized))], over: line.object)
        case (_, .array(let names)?):
            let sorted = names.compactMap { if case .string(let name) = $0 { name } else { nil } }.sorted()
            request.append(["breakers": .array(sorted.map { .string($0) })], over: line.object)
        default: request = line.object
        }
        return .object(request)
    }

    private static func normalized(_ element: JSONValue) -> JSONValue {
        guard case .object(let object) = element else { return element }
        var kept = JSONObject()
        for member in object.members where member.key == "generation" || member.value.double != 0 {
            kept.append(member.key, member.value)
        }
        return .object(kept)
    }

    /// Bounds that hold for every line.
    func check(_ line: Received) throws {
        let bytes = line.text.utf8.count + 1
        guard case .array(let elements)? = line["reports"] else {
            if bytes > 65_536 { throw Missing("a line of at most 65,536 bytes, found \(bytes)") }
            return
        }
        let most = self.greeting["limits"]?.member("batch")?.double ?? 1_000
        guard bytes <= 60_000, Double(elements.count) <= most else {
            throw Missing("a batch within its bounds, found \(bytes) bytes, \(elements.count) elements")
        }
    }

    // MARK: What is in effect where nothing else is said

    private static let plainHello: JSONObject = [
        "protocol": 1, "server": "breakerd/0.1.0", "epoch": 1, "session": "s1", "heartbeat_ms": 5_000,
        "limits": ["line_bytes": 65_536, "name_bytes": 128, "batch": 1_000],
    ]

    private static let policy: JSONObject = [
        "failure_rate": .number(0.5), "slow_call": .null, "slow_call_rate": .null,
        "consecutive_failures": .null, "window": "10s", "min_calls": 20, "min_reporters": "auto",
        "open_for": "30s", "open_multiplier": 2, "open_max": "5m", "open_jitter": .number(0.1), "probes": 3,
        "probe_successes": 3, "probe_lease": "30s", "honor_retry_after": false, "idle_after": "24h",
    ]

    private static let sources: JSONValue = {
        var sources = JSONObject()
        for member in VectorAnswers.policy.members { sources.append(member.key, ["source": "default"]) }
        return .object(sources)
    }()
}

extension Received {
    fileprivate var breaker: String { if case .string(let name)? = self["breaker"] { name } else { "" } }
}

extension JSONObject {
    /// Takes over all of `rest`, with the members of `changes` in their place.
    fileprivate mutating func append(_ changes: JSONValue, over rest: JSONObject) {
        for member in rest.members {
            self.append(member.key, changes.member(member.key) ?? member.value)
        }
    }
}
