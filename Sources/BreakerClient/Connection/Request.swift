// A request is encoded by the task that makes it; the event loop only writes its bytes. The id is drawn from
// one counter for the whole process, so that a reply can never be taken for that of another connection's
// request.

import BreakerCore
import BreakerWire
import NIOCore
import Synchronization

/// One line to send, and what is to become of its reply.
struct Request: Sendable {
    let id: Int64
    let line: ByteBuffer
    let deadline: Duration
    /// The breaker whose probe the reply may grant: it is given back when nobody waits for it any more.
    var grants: String?

    private static let lastID = Atomic<Int64>(0)

    static func nextID() -> Int64 {
        // 2^53 requests at a million a second are 285 years.
        Request.lastID.add(1, ordering: .relaxed).newValue
    }

    init(_ op: StaticString, deadline: Duration, _ members: (inout JSONWriter) -> Void) {
        self.init(named: "\(op)", deadline: deadline, members)
    }

    init(named op: String, deadline: Duration, _ members: (inout JSONWriter) -> Void) {
        let id = Request.nextID()
        var line = ByteBuffer()
        line.writeJSONLine { writer in
            writer.field("op", op)
            writer.field("id", id)
            members(&writer)
        }
        (self.id, self.line, self.deadline) = (id, line, deadline)
    }

    static func acquire(
        _ breaker: String, lease: Duration?, deadline: Duration
    ) -> Request {
        var request = Request("acquire", deadline: deadline) { line in
            line.field("breaker", breaker)
            line.field("lease_ms", lease?.milliseconds)
        }
        request.grants = breaker
        return request
    }
}

/// A policy that an application wishes for a breaker.
struct Declaration: Hashable, Sendable {
    let breaker: String
    private let policy: JSONObject

    init(breaker: String, patch: PolicyPatch) {
        self.breaker = breaker
        var policy = JSONObject()
        for field in PolicyField.allCases {
            if let value = patch[field] { policy.append(field.rawValue, value.json) }
        }
        self.policy = policy
    }

    func write(to line: inout JSONWriter) {
        line.field("breaker", self.breaker)
        line.field(named: "policy", JSONValue.object(self.policy))
    }
}
