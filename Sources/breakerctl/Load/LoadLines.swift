// Requests are put together from pieces that were made before the load began, so that the generator costs
// little of what it measures: two copies of bytes a request.

import NIOCore

/// The lines of all requests of a load.
struct LoadLines: Sendable {
    /// `{"op":"acquire","id":7`, by operation and slot.
    private let heads: [PackedTexts]
    /// `,"breaker":"bench-12"}` and the line feed, by operation and breaker; of a batch one for each ten.
    private let tails: [PackedTexts]

    init(_ plan: LoadPlan) {
        let used = Set(plan.mix.turn)
        self.heads = LoadOperation.allCases.map { operation in
            PackedTexts(
                used.contains(operation)
                    ? (0..<plan.pipeline).lazy.map { "{\"op\":\"\(operation.wireName)\",\"id\":\($0)" } : nil)
        }
        self.tails = LoadOperation.allCases.map { operation in
            PackedTexts(
                used.contains(operation)
                    ? (0..<operation.tails(of: plan)).lazy.map { operation.tail($0, of: plan) + "}\n" } : nil)
        }
    }

    /// Appends the line of one request.
    func append(_ operation: LoadOperation, breaker: Int, slot: Int, to buffer: inout ByteBuffer) {
        self.heads[operation.rawValue].append(slot, to: &buffer)
        self.tails[operation.rawValue].append(operation.tail(of: breaker), to: &buffer)
    }
}

/// Many short texts in one piece of memory.
struct PackedTexts: Sendable {
    private var bytes: [UInt8] = []
    private var ends = [0]

    init(_ texts: (some Sequence<String>)?) {
        guard let texts else { return }
        for text in texts {
            self.bytes += text.utf8
            self.ends.append(self.bytes.count)
        }
    }

    func append(_ index: Int, to buffer: inout ByteBuffer) {
        let range = self.ends[index]..<self.ends[index + 1]
        _ = self.bytes.withUnsafeBytes { buffer.writeBytes(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
}

extension LoadOperation {
    fileprivate var wireName: String {
        switch self {
        case .batch: "report"
        case .acquire, .report, .get, .ping: self.name
        }
    }

    /// How many different tails there are.
    fileprivate func tails(of plan: LoadPlan) -> Int {
        switch self {
        case .acquire, .report, .get: plan.breakers
        case .batch: self.tail(of: plan.breakers - 1) + 1
        case .ping: 1
        }
    }

    /// Which of them is about a breaker.
    @inline(__always)
    fileprivate func tail(of breaker: Int) -> Int {
        switch self {
        case .acquire, .report, .get: breaker
        case .batch: breaker / LoadOperation.batchBreakers
        case .ping: 0
        }
    }

    /// The members after the id.
    fileprivate func tail(_ index: Int, of plan: LoadPlan) -> String {
        switch self {
        case .acquire, .get: return ",\"breaker\":\"\(plan.name(of: index))\""
        case .report:
            return ",\"breaker\":\"\(plan.name(of: index))\",\"outcome\":\"success\",\"duration_ms\":12.5"
        case .batch:
            let first = index * LoadOperation.batchBreakers
            let elements = (first..<first + LoadOperation.batchBreakers).map { breaker in
                "{\"breaker\":\"\(plan.name(of: breaker % plan.breakers))\",\"success\":10,"
                    + "\"duration_sum_ms\":125,\"durations\":[[12.455,10]]}"
            }
            return ",\"reports\":[\(elements.joined(separator: ","))]"
        case .ping: return ""
        }
    }
}
