// One pass, in place, over the lines that decide the daemon's speed: acquire, report, release and ping as
// client libraries write them. Keys may come in any order and whitespace may stand between tokens; anything
// else (an escape, an unknown or a second key, null, an exponent, a value out of range) makes the parser give
// up, and the strict parser with the decoder behind it decides what the line means. So this one never reports
// an error, and it must give what they would give.

import BreakerCore

/// Which members of the object were met.
struct HotFields: OptionSet {
    let rawValue: UInt16

    static let op = HotFields(rawValue: 1 << 0)
    static let id = HotFields(rawValue: 1 << 1)
    static let breaker = HotFields(rawValue: 1 << 2)
    static let lease = HotFields(rawValue: 1 << 3)
    static let generation = HotFields(rawValue: 1 << 4)
    static let permit = HotFields(rawValue: 1 << 5)
    static let outcome = HotFields(rawValue: 1 << 6)
    static let duration = HotFields(rawValue: 1 << 7)
    static let error = HotFields(rawValue: 1 << 8)
    static let retryAfter = HotFields(rawValue: 1 << 9)
    static let sequence = HotFields(rawValue: 1 << 10)
    static let reports = HotFields(rawValue: 1 << 11)

    /// Whether these are all of `required` and none but those and `optional`. Other fields would have to be
    /// ignored without a look at their values: that is left to the strict parser.
    @inline(__always)
    func fit(required: HotFields, optional: HotFields) -> Bool {
        self.isSuperset(of: required) && self.isSubset(of: required.union(optional))
    }
}

private enum HotOperation {
    case acquire, report, release, ping
}

struct HotRequestParser {
    private var cursor: HotCursor
    private let mostElements: Int
    private var seen: HotFields = []
    private var operation = HotOperation.ping
    private var id = UnsafeRawBufferPointer(start: nil, count: 0)
    private var breaker = UnsafeRawBufferPointer(start: nil, count: 0)
    private var lease: Interval?
    private var sequence: UInt64?
    // The parts of a report, trivial to copy; put together once the line has turned out to be one.
    private var outcome = Outcome.success
    private var generation: UInt64?
    private var permit: Permit?
    private var duration: Interval?
    private var retryAfter: Interval?
    private var error = UnsafeRawBufferPointer(start: nil, count: 0)
    private var elements: [HotRequest.Element] = []

    private init(from start: UnsafeRawPointer, count: Int, limits: WireLimits) {
        self.cursor = HotCursor(position: start, end: start + count)
        self.mostElements = limits.batch
    }

    /// The request and its id (empty: none), or nil if the line is not of the usual shape.
    static func parse(
        _ line: UnsafeRawBufferPointer, limits: WireLimits
    ) -> (request: HotRequest, id: UnsafeRawBufferPointer)? {
        guard let start = line.baseAddress else { return nil }
        var parser = HotRequestParser(from: start, count: line.count, limits: limits)
        guard parser.members(), let request = parser.request() else { return nil }
        return (request, parser.id)
    }

    /// The whole object, up to the end of the line.
    @inline(__always)
    private mutating func members() -> Bool {
        guard self.cursor.takeSpaced(UInt8(ascii: "{")) else { return false }
        while true {
            guard let key = self.cursor.token(), self.cursor.takeSpaced(UInt8(ascii: ":")), self.member(key)
            else { return false }
            self.cursor.skipWhitespace()
            if self.cursor.take(UInt8(ascii: ",")) {
                self.cursor.skipWhitespace()
                continue
            }
            guard self.cursor.takeSpaced(UInt8(ascii: "}")) else { return false }
            return self.cursor.position == self.cursor.end
        }
    }

    @inline(__always)
    private mutating func claim(_ field: HotFields) -> Bool {
        self.seen.insert(field).inserted
    }

    @inline(__always)
    private mutating func member(_ key: HotCursor.Token) -> Bool {
        switch (key.head, key.count) {
        case (HotWord.op, 2): self.claim(.op) && self.readOperation()
        case (HotWord.id, 2): self.claim(.id) && self.readID()
        case (HotWord.breaker, 7): self.claim(.breaker) && self.readBreaker()
        default: self.otherMember(key)
        }
    }

    private mutating func otherMember(_ key: HotCursor.Token) -> Bool {
        switch (key.head, key.tail, key.count) {
        case (HotWord.generati, HotWord.on, 10): self.claim(.generation) && self.readGeneration()
        case (HotWord.outcome, 0, 7): self.claim(.outcome) && self.readOutcome()
        case (HotWord.duration, HotWord.ms, 11): self.claim(.duration) && self.readDuration()
        case (HotWord.permit, 0, 6): self.claim(.permit) && self.readPermit()
        case (HotWord.leaseMs, 0, 8): self.claim(.lease) && self.readLease()
        case (HotWord.error, 0, 5): self.claim(.error) && self.readError()
        case (HotWord.retryAf, HotWord.terMs, 14): self.claim(.retryAfter) && self.readRetryAfter()
        case (HotWord.sequence, 0, 8): self.claim(.sequence) && self.readSequence()
        case (HotWord.reports, 0, 7): self.claim(.reports) && self.readReports()
        default: false
        }
    }

    // MARK: Values

    @inline(__always)
    private mutating func readOperation() -> Bool {
        guard let word = self.cursor.token() else { return false }
        switch (word.head, word.count) {
        case (HotWord.acquire, 7): self.operation = .acquire
        case (HotWord.report, 6): self.operation = .report
        case (HotWord.release, 7): self.operation = .release
        case (HotWord.ping, 4): self.operation = .ping
        default: return false
        }
        return true
    }

    @inline(__always)
    private mutating func readID() -> Bool {
        let start = self.cursor.position
        guard self.cursor.next != UInt8(ascii: "\"") else {
            guard self.cursor.plainString(most: WireLimits.idBytes) != nil else { return false }
            self.id = UnsafeRawBufferPointer(start: start, count: self.cursor.position - start)
            return true
        }
        guard self.cursor.integer() != nil else { return false }
        self.id = UnsafeRawBufferPointer(start: start, count: self.cursor.position - start)
        return true
    }

    @inline(__always)
    private mutating func readBreaker() -> Bool {
        guard let name = self.cursor.name() else { return false }
        self.breaker = name
        return true
    }

    private mutating func readLease() -> Bool {
        self.lease = self.cursor.milliseconds(1...Double(WireLimits.leaseMilliseconds))
        return self.lease != nil
    }

    private mutating func readDuration() -> Bool {
        self.duration = self.cursor.milliseconds(0...Double(WireLimits.durationMilliseconds))
        return self.duration != nil
    }

    private mutating func readRetryAfter() -> Bool {
        self.retryAfter = self.cursor.milliseconds(0...Double(WireLimits.durationMilliseconds))
        return self.retryAfter != nil
    }

    private mutating func readGeneration() -> Bool {
        self.generation = self.cursor.integer()
        return self.generation != nil
    }

    private mutating func readSequence() -> Bool {
        self.sequence = self.cursor.integer()
        return self.sequence ?? 0 > 0
    }

    private mutating func readPermit() -> Bool {
        self.permit = self.cursor.plainString(most: 40).flatMap(Permit.init(text:))
        return self.permit != nil
    }

    private mutating func readOutcome() -> Bool {
        guard let word = self.cursor.token() else { return false }
        switch (word.head, word.count) {
        case (HotWord.success, 7): self.outcome = .success
        case (HotWord.failure, 7): self.outcome = .failure
        case (HotWord.timeout, 7): self.outcome = .timeout
        case (HotWord.ignored, 7): self.outcome = .ignored
        default: return false
        }
        return true
    }

    private mutating func readError() -> Bool {
        guard let error = self.cursor.plainString(most: WireLimits.errorBytes), !error.isEmpty else {
            return false
        }
        self.error = error
        return true
    }

    private mutating func readReports() -> Bool {
        guard let elements = self.cursor.batchElements(most: self.mostElements) else { return false }
        self.elements = elements
        return true
    }

    // MARK: The whole

    @inline(__always)
    private func request() -> HotRequest? {
        switch self.operation {
        case .acquire:
            guard self.seen.fit(required: [.op, .breaker], optional: [.id, .lease]) else { return nil }
            return .acquire(breaker: self.breaker, lease: self.lease)
        case .report:
            let optional: HotFields = [.id, .generation, .permit, .duration, .error, .retryAfter]
            if self.seen.fit(required: [.op, .breaker, .outcome], optional: optional) {
                return .report(breaker: self.breaker, self.report())
            }
            guard self.seen.fit(required: [.op, .reports], optional: [.id, .sequence]) else { return nil }
            return .reportBatch(sequence: self.sequence, elements: self.elements)
        case .release:
            guard self.seen.fit(required: [.op, .breaker, .permit], optional: [.id]) else { return nil }
            return self.permit.map { .release(breaker: self.breaker, $0) }
        case .ping:
            return self.seen.fit(required: [.op], optional: [.id]) ? .ping : nil
        }
    }
}

extension HotRequestParser {
    private func report() -> Report {
        Report(
            self.outcome, generation: self.generation, permit: self.permit, duration: self.duration,
            error: self.error.isEmpty ? nil : String(decoding: self.error, as: UTF8.self),
            retryAfter: self.retryAfter)
    }
}

extension HotCursor {
    /// A number of milliseconds within `range`.
    @inline(__always)
    mutating func milliseconds(_ range: ClosedRange<Double>) -> Interval? {
        guard let number = self.decimal(), range.contains(number) else { return nil }
        return Interval(milliseconds: number)
    }

    /// The short name of what went wrong.
    mutating func error() -> String? {
        guard let text = self.plainString(most: WireLimits.errorBytes), !text.isEmpty else { return nil }
        return String(decoding: text, as: UTF8.self)
    }
}
