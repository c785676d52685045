import BreakerGzip
import HTTPTypes
import NIOCore

/// How a stream of events goes over the line. Counts are text that repeats itself: compressed they are a
/// tenth, and compressed once for all viewers it costs none of them anything.
enum EventEncoding: String, Hashable, Sendable {
    case identity, gzip

    /// What a browser takes, by its `Accept-Encoding`.
    init(accepted fields: HTTPFields) {
        let accepted = fields[.acceptEncoding] ?? ""
        self = accepted.split(separator: ",").contains(where: EventEncoding.isGzip) ? .gzip : .identity
    }

    /// What comes before the first event.
    var head: ByteBuffer? { self == .gzip ? Gzip.head : nil }

    /// One viewer's own event.
    func own(_ event: ByteBuffer) -> ByteBuffer { self == .gzip ? Gzip.stored(event) : event }

    /// Events of all viewers.
    func shared(_ events: ByteBuffer) -> ByteBuffer {
        self == .gzip && events.readableBytes > 0 ? Gzip.piece(events) : events
    }

    /// `gzip`, or `gzip;q=0.5`, and not `gzip;q=0`.
    private static func isGzip(_ coding: Substring) -> Bool {
        let parts = coding.lowercased().filter { $0 != " " }.split(separator: ";")
        guard parts.first == "gzip" || parts.first == "*" else { return false }
        return !parts.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
    }
}
