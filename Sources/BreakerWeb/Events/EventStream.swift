import NIOCore

/// Lines of a watch as server-sent events.
struct EventStream {
    /// Before that the revisions are those of the breakers' last changes: who came back with one of them
    /// would miss others.
    private(set) var isSynced = false

    /// Bytes of a line that hold its `watch`, `event` and `revision`, which come first.
    private static let headBytes = 128

    /// Nil: nothing is to be told.
    mutating func event(_ line: ByteBuffer) -> ByteBuffer? {
        // Lines of counts are long, and there may be a thousand viewers: only the beginning becomes text.
        let head = String(decoding: line.readableBytesView.prefix(EventStream.headBytes), as: UTF8.self)
        guard head.hasPrefix("{\"watch\":") else {
            // The answer to the request, of which only a refusal is news.
            return head.contains("\"ok\":false") ? EventStream.event("event: refused\n", line) : nil
        }
        let kind = EventStream.value(of: "event", in: head) ?? "state"
        if kind == "synced" { self.isSynced = true }
        if kind == "reset" { self.isSynced = false }
        let id = self.isSynced ? EventStream.number(of: "revision", in: head).map { "id: \($0)\n" } : nil
        return EventStream.event("\(id ?? "")event: \(kind)\n", line)
    }

    static func event(_ fields: String, _ line: ByteBuffer) -> ByteBuffer {
        var event = ByteBuffer()
        event.reserveCapacity(fields.utf8.count + line.readableBytes + 8)
        event.writeString("\(fields)data: ")
        event.writeImmutableBuffer(line)
        event.writeString("\n\n")
        return event
    }

    private static func value(of name: String, in line: String) -> String? {
        line.firstRange(of: "\"\(name)\":\"").map { String(line[$0.upperBound...].prefix { $0 != "\"" }) }
    }

    private static func number(of name: String, in line: String) -> String? {
        line.firstRange(of: "\"\(name)\":").map { String(line[$0.upperBound...].prefix(while: \.isNumber)) }
    }
}
