package import BreakerCore
package import NIOCore

/// The reply to a batch, appended result by result in the order of the elements:
///
///     var reply = BatchReply(sequence: 118, isDuplicate: false, id: id, into: &output)
///     output.append(atMost: BatchReply.mostBytes) { results in
///         reply.append(breaker: name, state: .closed, generation: 40, into: &results)
///     }
///     reply.finish(into: &output)
///
/// Without an id nothing is appended.
package struct BatchReply {
    /// The most bytes of a result that is no error: words, one number, and the name.
    package static let mostBytes = 128 + WireLimits.nameBytes

    private let isWanted: Bool
    private var isFirst = true

    /// - Parameters:
    ///   - sequence: the request's.
    ///   - isDuplicate: whether the batch was taken before and not counted again.
    ///   - id: JSON to echo, empty for none.
    package init(
        sequence: UInt64?, isDuplicate: Bool, id: UnsafeRawBufferPointer, into buffer: inout ByteBuffer
    ) {
        self.isWanted = !id.isEmpty
        guard self.isWanted else { return }
        buffer.append(atMost: 128 + id.count) { reply in
            reply.append("{\"id\":")
            reply.append(id)
            reply.append(",\"ok\":true")
            if let sequence {
                reply.append(",\"sequence\":")
                reply.append(sequence)
            }
            if isDuplicate { reply.append(",\"duplicate\":true") }
            reply.append(",\"results\":[")
        }
    }

    /// One element's result.
    ///
    /// - Parameter breaker: a valid name.
    package mutating func append(
        breaker: UnsafeRawBufferPointer, state: BreakerState, generation: UInt64,
        into results: inout ByteAppender
    ) {
        guard self.isWanted else { return }
        if self.isFirst { results.append("{\"breaker\":\"") } else { results.append(",{\"breaker\":\"") }
        self.isFirst = false
        results.append(breaker)
        results.append("\",\"state\":\"")
        results.append(state.wireName)
        results.append("\",\"generation\":")
        results.append(generation)
        results.append("}")
    }

    /// An element that could not be counted: the reason stands in its place.
    package mutating func append(
        breaker: UnsafeRawBufferPointer, error: WireError, into buffer: inout ByteBuffer
    ) {
        guard self.isWanted else { return }
        if !self.isFirst { buffer.writeStaticString(",") }
        self.isFirst = false
        buffer.writeJSONObject { result in
            result.field("breaker", String(decoding: breaker, as: UTF8.self))
            result.object("error") { object in
                object.field("code", error.code.rawValue)
                object.field("message", error.message)
            }
        }
    }

    package consuming func finish(into buffer: inout ByteBuffer) {
        if self.isWanted { buffer.writeStaticString("]}\n") }
    }
}
