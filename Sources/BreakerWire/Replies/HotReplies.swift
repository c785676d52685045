// The replies of the hot path, byte by byte, into memory reserved for them. A request without an id gets
// none. An id is what the request's parser gave: JSON to echo, empty for none.

package import BreakerCore
package import NIOCore

/// Appends the replies to acquire, report, release and ping.
package enum HotReplies {
    /// The most bytes of a reply: words, at most four numbers, and the id.
    @inlinable
    package static func mostBytes(_ id: UnsafeRawBufferPointer) -> Int { 256 + id.count }

    /// - Parameters:
    ///   - state: the breaker's, after the request.
    ///   - generation: the breaker's, after the request.
    package static func acquire(
        _ verdict: Verdict, state: BreakerState, generation: UInt64, id: UnsafeRawBufferPointer,
        into replies: inout ByteAppender
    ) {
        self.reply(id, into: &replies) { reply in
            switch verdict {
            case .allowed, .probe: reply.append(",\"allowed\":true,\"state\":\"")
            case .refused: reply.append(",\"allowed\":false,\"state\":\"")
            }
            reply.append(state.wireName)
            reply.append("\"")
            if case .refused(let refusal, let wait) = verdict {
                reply.append(",\"reason\":\"")
                reply.append(refusal.wireName)
                reply.append("\"")
                if let wait {
                    reply.append(",\"retry_after_ms\":")
                    reply.append(UInt64(max(0, wait.wholeMillisecondsUp)))
                }
            }
            reply.append(",\"generation\":")
            reply.append(generation)
            if case .probe(let permit, let lease) = verdict {
                reply.append(",\"permit\":\"")
                reply.append(permit.generation)
                reply.append(".")
                reply.append(permit.number)
                reply.append("\",\"lease_ms\":")
                reply.append(milliseconds: lease)
            }
        }
    }

    /// The reply to a single `report` and to `release`.
    package static func outcome(
        state: BreakerState, generation: UInt64, id: UnsafeRawBufferPointer,
        into replies: inout ByteAppender
    ) {
        self.reply(id, into: &replies) { reply in
            reply.append(",\"state\":\"")
            reply.append(state.wireName)
            reply.append("\",\"generation\":")
            reply.append(generation)
        }
    }

    /// - Parameter now: wall time, in milliseconds of Unix time.
    package static func ping(
        nowMilliseconds now: Int64, id: UnsafeRawBufferPointer, into replies: inout ByteAppender
    ) {
        self.reply(id, into: &replies) { reply in
            reply.append(",\"now_ms\":")
            reply.append(UInt64(max(0, now)))
        }
    }

    /// `{"id":…,"ok":true`, what `body` appends, `}` and a line feed; nothing at all without an id.
    @inline(__always)
    private static func reply(
        _ id: UnsafeRawBufferPointer, into replies: inout ByteAppender, _ body: (inout ByteAppender) -> Void
    ) {
        guard !id.isEmpty else { return }
        replies.append("{\"id\":")
        replies.append(id)
        replies.append(",\"ok\":true")
        body(&replies)
        replies.append("}\n")
    }
}

extension ByteBuffer {
    /// Appends what `body` writes into memory reserved once.
    @inline(__always)
    package mutating func append(atMost bytes: Int, _ body: (inout ByteAppender) -> Void) {
        self.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes) { memory in
            guard var appender = ByteAppender(memory) else { return 0 }
            body(&appender)
            return appender.count
        }
    }
}

extension ByteAppender {
    /// Milliseconds, whole or with as many decimals as it takes; the interval is not negative.
    fileprivate mutating func append(milliseconds interval: Interval) {
        let (whole, rest) = UInt64(max(0, interval.nanoseconds)).quotientAndRemainder(dividingBy: 1_000_000)
        self.append(whole)
        guard rest > 0 else { return }
        self.append(".")
        var fraction = rest
        var unit: UInt64 = 100_000
        while fraction > 0 {
            self.append(fraction / unit)
            fraction %= unit
            unit /= 10
        }
    }
}

extension BreakerState {
    /// The raw value, without the String.
    @inline(__always)
    var wireName: StaticString {
        switch self {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half_open"
        }
    }
}

extension Refusal {
    @inline(__always)
    fileprivate var wireName: StaticString {
        switch self {
        case .open: "open"
        case .probing: "probing"
        case .forcedOpen: "forced_open"
        }
    }
}
