// The envelope of every reply.

package import NIOCore

extension ByteBuffer {
    /// Appends a success: `{"id":…,"ok":true`, then what `members` adds. Nothing if the request has no id.
    package mutating func writeReply(to id: RequestID, _ members: (inout JSONWriter) -> Void = { _ in }) {
        if id.isNone { return }
        self.writeJSONLine { reply in
            reply.raw("id", id.json.utf8)
            reply.field("ok", true)
            members(&reply)
        }
    }

    /// Appends a failure; told even without an id.
    package mutating func writeError(_ error: WireError, to id: RequestID) {
        self.writeError(error, idJSON: id.json.utf8)
    }

    /// Appends a failure of a hot request, whose id is JSON to echo, empty for none.
    package mutating func writeError(_ error: WireError, toHot id: UnsafeRawBufferPointer) {
        if id.isEmpty { self.writeError(error, to: .none) } else { self.writeError(error, idJSON: id) }
    }

    private mutating func writeError(_ error: WireError, idJSON: some Sequence<UInt8>) {
        self.writeJSONLine { reply in
            reply.raw("id", idJSON)
            reply.field("ok", false)
            reply.object("error") { object in
                object.field("code", error.code.rawValue)
                object.field("message", error.message)
                object.field("field", error.field)
            }
        }
    }
}
