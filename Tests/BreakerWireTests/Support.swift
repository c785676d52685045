import BreakerCore
import NIOCore
import Testing

@testable import BreakerWire

/// Runs of random tests differ; a failure names its seed, which repeats it.
struct Randomness: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init(seed: UInt64) {
        self.seed = seed
        self.state = seed
    }

    /// SplitMix64 (https://prng.di.unimi.it/splitmix64.c).
    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &self)]
    }
}

func parse(_ line: String, limits: WireLimits = WireLimits()) -> ParsedLine {
    withBytes(Array(line.utf8)) { RequestParser.parse($0, limits: limits) }
}

func withBytes<Result>(_ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    // A copy of exactly this size on the heap: a read past its end is one that a sanitizer sees.
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: bytes)
    return body(UnsafeRawBufferPointer(copy))
}

/// What the fast path makes of a line, its line feed not yet there; nil: it stands back.
func readFast(_ line: [UInt8], limits: WireLimits = WireLimits()) -> (request: Request, id: String)? {
    withBytes(line + [UInt8(ascii: "\n")]) { bytes in
        var hot = HotLine(limits: limits)
        guard hot.read(bytes) else { return nil }
        return (hot.owned, hot.id.isEmpty ? "null" : text(hot.id))
    }
}

extension HotLine {
    /// The request with memory of its own, so that it outlives the line.
    fileprivate var owned: Request {
        switch self.operation {
        case .ping: .ping
        case .acquire: .acquire(.init(breaker: text(self.breaker), lease: self.lease))
        case .report: .report(.init(breaker: text(self.breaker), report: self.report))
        case .release: .release(.init(breaker: text(self.breaker), permit: self.permit!))
        case .reportBatch:
            .reportBatch(
                .init(
                    sequence: self.sequence,
                    elements: self.elements.map {
                        .init(
                            breaker: text($0.breaker), report: $0.report,
                            durations: Array(self.durations[$0.durations]))
                    }))
        }
    }
}

func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

extension ParsedLine {
    var request: Request? {
        if case .request(let request, _) = self { request } else { nil }
    }

    var error: WireError? {
        if case .failure(let error, _) = self { error } else { nil }
    }

    var requestID: RequestID? {
        switch self {
        case .request(_, let id), .failure(_, let id): id
        case .blank: nil
        }
    }

    /// Everything that matters of a line, for comparison.
    var summary: String {
        "\(self.request.map { "\($0)" } ?? "-") \(self.error.map { "\($0)" } ?? "-") \(self.idText)"
    }

    private var idText: String { self.requestID?.json ?? "blank" }
}

func written(_ body: (inout ByteBuffer) -> Void) -> String {
    var buffer = ByteBuffer()
    body(&buffer)
    return String(buffer: buffer)
}

func parseJSON(_ text: String) throws(JSONProblem) -> JSONValue { try parseJSON(Array(text.utf8)) }

func parseJSON(_ bytes: [UInt8]) throws(JSONProblem) -> JSONValue {
    try withBytes(bytes) { bytes in
        Result { () throws(JSONProblem) in try JSONParser.parse(bytes) }
    }.get()
}

func withID<Result>(_ json: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withBytes(Array(json.utf8), body)
}
