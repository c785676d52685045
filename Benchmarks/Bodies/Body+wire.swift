import BreakerCore
import BreakerWire
import NIOCore

/// As many different lines as the processor does not learn by heart.
private let variety = 64

extension Body {
    static let wireReading = [
        reading("wire/parse an acquire") { acquireLine($0) },
        reading("wire/parse a success") { number in
            #"{"op":"report","id":\#(10_000 + number),"breaker":"\#(breakerName(number))","#
                + #""generation":42,"outcome":"success","duration_ms":12.\#(number)}"#
        },
        reading("wire/parse a failure") { number in
            #"{"op":"report","id":\#(10_000 + number),"breaker":"\#(breakerName(number))","#
                + #""generation":42,"outcome":"failure","duration_ms":80.\#(number),"#
                + #""error":"HTTPClientError.connectTimeout"}"#
        },
        reading("wire/parse a batch of 100", calls: 100) { batchLine($0) },
        // A field that nobody knows is ignored, but by the strict parser alone.
        readingStrictly("wire/parse an acquire strictly") { acquireLine($0, extra: #","zone":"eu-1""#) },
        readingStrictly("wire/parse a batch of 100 strictly", calls: 100) { number in
            batchLine(number, extra: #","zone":"eu-1""#)
        },
    ]

    static let wireWriting = [
        writing("wire/write an allowed acquire") { id, turn, output in
            HotReplies.acquire(.allowed, state: .closed, generation: turn, id: id, into: &output)
        },
        writing("wire/write a refused acquire") { id, turn, output in
            let wait = Interval(nanoseconds: 10_237_000_000 + Int64(turn))
            HotReplies.acquire(
                .refused(.open, retryAfter: wait), state: .open, generation: 42, id: id, into: &output)
        },
        writing("wire/write a probe") { id, turn, output in
            HotReplies.acquire(
                .probe(Permit(generation: 42, number: turn), lease: .seconds(30)), state: .halfOpen,
                generation: 42, id: id, into: &output)
        },
        writing("wire/write an outcome") { id, turn, output in
            HotReplies.outcome(state: .closed, generation: turn, id: id, into: &output)
        },
        writing("wire/write a pong") { id, turn, output in
            HotReplies.ping(nowMilliseconds: 1_760_000_000_000 + Int64(turn), id: id, into: &output)
        },
        writingBatches("wire/write a batch of 100"),
    ]
}

private func acquireLine(_ number: Int, extra: String = "") -> String {
    #"{"op":"acquire","id":\#(10_000 + number),"breaker":"\#(breakerName(number))"\#(extra)}"#
}

/// As the Swift client writes it.
private func batchLine(_ number: Int, extra: String = "") -> String {
    let reports = (0..<100).map { index in
        #"{"breaker":"\#(breakerName(number * 100 + index))","generation":42,"success":\#(index * 7 + 1),"#
            + #""duration_sum_ms":\#(index * 83).25,"durations":[[12.455,\#(index * 7)],[88.767,1]]}"#
    }
    return #"{"op":"report","id":\#(10_000 + number),"sequence":\#(1_760_000_000_000_000 + number),"#
        + #""reports":[\#(reports.joined(separator: ","))]\#(extra)}"#
}

/// Reads lines that `line` makes from 0 to 63, as usual ones are read.
private func reading(
    _ name: String, calls: Int = 1, _ line: @escaping @Sendable (Int) -> String
) -> Body {
    Body(name, calls: calls, on: { Input(line) }) { input, turns in
        var found = 0
        for turn in 0..<turns {
            guard input.hot.read(input.lines[turn % variety]) else {
                throw Unprepared(what: "a line of the usual shape")
            }
            found &+= input.hot.id.count
        }
        keep(found)
    }
}

/// The same by the parser that knows every line.
private func readingStrictly(
    _ name: String, calls: Int = 1, _ line: @escaping @Sendable (Int) -> String
) -> Body {
    Body(name, calls: calls, on: { Input(line) }) { input, turns in
        let limits = WireLimits()
        var found = 0
        for turn in 0..<turns {
            switch RequestParser.parse(input.lines[turn % variety], limits: limits) {
            case .request(_, let id): found &+= id.isNone ? 0 : 1
            case .failure(let error, _): throw Unprepared(what: "a line without a fault: \(error)")
            case .blank: throw Unprepared(what: "a line")
            }
        }
        keep(found)
    }
}

/// Lines to read, and what reads them: a connection has one.
private struct Input {
    let lines: Lines
    var hot = HotLine(limits: WireLimits())

    init(_ line: (Int) -> String) {
        self.lines = Lines((0..<variety).map { line($0) + "\n" })
    }
}

/// What replies are written to, and the ids that they echo.
private struct Output {
    let ids = Lines((10_000..<10_000 + variety).map(String.init))
    var buffer = ByteBuffer()
}

/// Writes a reply a turn into a buffer that has room: growing it is the connection's affair.
private func writing(
    _ name: String, _ write: @escaping @Sendable (UnsafeRawBufferPointer, UInt64, inout ByteAppender) -> Void
) -> Body {
    writing(name, calls: 1) { id, turn, buffer in
        buffer.append(atMost: HotReplies.mostBytes(id)) { write(id, turn, &$0) }
    }
}

private func writing(
    _ name: String, calls: Int,
    _ write: @escaping @Sendable (UnsafeRawBufferPointer, UInt64, inout ByteBuffer) -> Void
) -> Body {
    Body(name, calls: calls, on: { Output() }) { output, turns in
        var bytes = 0
        for turn in 0..<turns {
            output.buffer.clear()
            write(output.ids[turn % variety], UInt64(turn), &output.buffer)
            bytes &+= output.buffer.readableBytes
        }
        keep(bytes)
    }
}

private func writingBatches(_ name: String) -> Body {
    let names = Lines((0..<100).map(breakerName))
    return writing(name, calls: names.count) { id, turn, output in
        var reply = BatchReply(sequence: turn, isDuplicate: false, id: id, into: &output)
        output.append(atMost: names.count * BatchReply.mostBytes) { results in
            for index in 0..<names.count {
                reply.append(breaker: names[index], state: .closed, generation: turn, into: &results)
            }
        }
        reply.finish(into: &output)
    }
}
