// One pass, in place, over the lines that decide the daemon's speed: acquire, report, release and ping as
// client libraries write them. Keys may come in any order and whitespace may stand between tokens; anything
// else (an escape, an unknown or a second key, null, an exponent, a value out of range) makes this parser
// give up, and the strict parser with the decoder behind it decides what the line means. So this one never
// reports an error, and it must give what they would give.
//
// The line feed ends every loop over bytes, since no token holds one: nothing asks at each byte whether the
// line is over.

package import BreakerCore

/// A request of the four that decide the daemon's speed, as it lies in the line that was read last: `id`,
/// `breaker` and the elements point into the line's bytes and are valid as long as those are. Everything is
/// within the protocol's bounds, as in a `Request`.
package struct HotLine {
    package enum Operation {
        case acquire, report, reportBatch, release, ping
    }

    /// One element of a batch.
    package struct Element {
        /// The breaker's name.
        package internal(set) var breaker = UnsafeRawBufferPointer(start: nil, count: 0)
        package internal(set) var report = BatchReport()
        /// Which of the line's durations are its own.
        package internal(set) var durations = 0..<0
        /// How many calls those are.
        var timed: UInt64 = 0
        /// Which members were met while it was read, a bit each.
        var seen: UInt16 = 0
    }

    package private(set) var operation = Operation.ping
    /// The JSON to echo, as sent; empty where there is none.
    package private(set) var id = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The name; of `acquire`, `report` and `release`.
    package private(set) var breaker = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Of `acquire`: 1 ms…5 min, nil: the policy's.
    package private(set) var lease: Interval?
    /// Always of `release`.
    package var permit: Permit? { self.report.permit }
    /// What a `report` tells.
    package private(set) var report = Report(.success)
    /// Of a batch: 1…2^53−1.
    package private(set) var sequence: UInt64?
    /// Of a batch: at least one.
    package private(set) var elements: [Element] = []
    /// Of a batch: how long the calls of its elements took.
    package private(set) var durations: [DurationCount] = []

    /// Bytes of the line that was read last, its line feed included.
    package private(set) var length = 0

    private let mostElements: Int
    private var seen: HotFields = []

    package init(limits: WireLimits) {
        self.mostElements = limits.batch
    }

    /// Reads one line. False: it is not of the usual shape, and what is held now means nothing.
    ///
    /// - Parameter line: the bytes with their line feed, the only one, at the end.
    package mutating func read(_ line: UnsafeRawBufferPointer) -> Bool {
        // The shortest of them has thirteen bytes; the cursor wants eight.
        guard let start = line.baseAddress, line.count > 8, line[line.count - 1] == UInt8(ascii: "\n") else {
            return false
        }
        var cursor = HotCursor(position: start, end: start + (line.count - 1))
        self.length = line.count
        self.forget()
        guard self.readMembers(&cursor) else { return false }
        switch self.operation {
        case .acquire: return self.seen.fit(required: [.op, .breaker], optional: [.id, .lease])
        case .report, .reportBatch: return self.isReport()
        case .release: return self.seen.fit(required: [.op, .breaker, .permit], optional: [.id])
        case .ping: return self.seen.fit(required: [.op], optional: [.id])
        }
    }

    /// What a line need not have.
    @inline(__always)
    private mutating func forget() {
        self.seen = []
        self.id = UnsafeRawBufferPointer(start: nil, count: 0)
        (self.lease, self.sequence) = (nil, nil)
        (self.report.generation, self.report.permit, self.report.duration) = (nil, nil, nil)
        (self.report.error, self.report.retryAfter) = (nil, nil)
    }

    /// Tells a single report from a batch.
    @inline(__always)
    private mutating func isReport() -> Bool {
        let optional: HotFields = [.id, .generation, .permit, .duration, .error, .retryAfter]
        if self.seen.fit(required: [.op, .breaker, .outcome], optional: optional) { return true }
        self.operation = .reportBatch
        return self.seen.fit(required: [.op, .reports], optional: [.id, .sequence])
    }

    /// The whole object, up to the end of the line.
    @inline(__always)
    private mutating func readMembers(_ cursor: inout HotCursor) -> Bool {
        guard cursor.takeSpaced(UInt8(ascii: "{")) else { return false }
        while true {
            guard let key = cursor.token(), cursor.takeSpaced(UInt8(ascii: ":")),
                self.readMember(key, &cursor)
            else { return false }
            cursor.skipWhitespace()
            if cursor.take(UInt8(ascii: ",")) {
                cursor.skipWhitespace()
                continue
            }
            guard cursor.takeSpaced(UInt8(ascii: "}")) else { return false }
            return cursor.position == cursor.end
        }
    }

    @inline(__always)
    private mutating func claim(_ field: HotFields) -> Bool {
        self.seen.insert(field).inserted
    }

    // MARK: Members

    @inline(__always)
    private mutating func readMember(_ key: HotCursor.Token, _ cursor: inout HotCursor) -> Bool {
        switch (key.head, key.count) {
        case (HotWord.op, 2): self.claim(.op) && self.readOperation(&cursor)
        case (HotWord.id, 2): self.claim(.id) && self.readID(&cursor)
        case (HotWord.breaker, 7): self.claim(.breaker) && self.readBreaker(&cursor)
        case (HotWord.outcome, 7): self.claim(.outcome) && self.readOutcome(&cursor)
        default: self.readOther(key, &cursor)
        }
    }

    private mutating func readOther(_ key: HotCursor.Token, _ cursor: inout HotCursor) -> Bool {
        switch (key.head, key.tail, key.count) {
        case (HotWord.generati, HotWord.on, 10):
            self.claim(.generation) && HotLine.readInteger(into: &self.report.generation, &cursor)
        case (HotWord.duration, HotWord.ms, 11):
            self.claim(.duration) && HotLine.readMilliseconds(into: &self.report.duration, &cursor)
        case (HotWord.permit, 0, 6): self.claim(.permit) && self.readPermit(&cursor)
        case (HotWord.leaseMs, 0, 8): self.claim(.lease) && self.readLease(&cursor)
        case (HotWord.error, 0, 5): self.claim(.error) && self.readError(&cursor)
        case (HotWord.retryAf, HotWord.terMs, 14):
            self.claim(.retryAfter) && HotLine.readMilliseconds(into: &self.report.retryAfter, &cursor)
        case (HotWord.sequence, 0, 8): self.claim(.sequence) && self.readSequence(&cursor)
        case (HotWord.reports, 0, 7): self.claim(.reports) && self.readReports(&cursor)
        default: false
        }
    }

    @inline(__always)
    private mutating func readOperation(_ cursor: inout HotCursor) -> Bool {
        guard let word = cursor.token() else { return false }
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
    private mutating func readID(_ cursor: inout HotCursor) -> Bool {
        let start = cursor.position
        let isRead =
            cursor.next == UInt8(ascii: "\"")
            ? cursor.plainString(most: WireLimits.idBytes) != nil : cursor.integer() != nil
        self.id = UnsafeRawBufferPointer(start: start, count: cursor.position - start)
        return isRead
    }

    @inline(__always)
    private mutating func readBreaker(_ cursor: inout HotCursor) -> Bool {
        guard let name = cursor.name() else { return false }
        self.breaker = name
        return true
    }

    @inline(__always)
    private mutating func readOutcome(_ cursor: inout HotCursor) -> Bool {
        guard let word = cursor.token() else { return false }
        switch (word.head, word.count) {
        case (HotWord.success, 7): self.report.outcome = .success
        case (HotWord.failure, 7): self.report.outcome = .failure
        case (HotWord.timeout, 7): self.report.outcome = .timeout
        case (HotWord.ignored, 7): self.report.outcome = .ignored
        default: return false
        }
        return true
    }

    private mutating func readLease(_ cursor: inout HotCursor) -> Bool {
        self.lease = cursor.milliseconds(1...Double(WireLimits.leaseMilliseconds))
        return self.lease != nil
    }

    @inline(__always)
    private static func readMilliseconds(into interval: inout Interval?, _ cursor: inout HotCursor) -> Bool {
        interval = cursor.milliseconds(0...Double(WireLimits.durationMilliseconds))
        return interval != nil
    }

    @inline(__always)
    private static func readInteger(into number: inout UInt64?, _ cursor: inout HotCursor) -> Bool {
        number = cursor.integer()
        return number != nil
    }

    private mutating func readSequence(_ cursor: inout HotCursor) -> Bool {
        self.sequence = cursor.integer()
        return self.sequence ?? 0 > 0
    }

    private mutating func readPermit(_ cursor: inout HotCursor) -> Bool {
        self.report.permit = cursor.plainString(most: 40).flatMap(Permit.init(text:))
        return self.report.permit != nil
    }

    private mutating func readError(_ cursor: inout HotCursor) -> Bool {
        self.report.error = cursor.error()
        return self.report.error != nil
    }

    private mutating func readReports(_ cursor: inout HotCursor) -> Bool {
        self.elements.removeAll(keepingCapacity: true)
        self.durations.removeAll(keepingCapacity: true)
        return cursor.batchElements(
            most: self.mostElements, into: &self.elements, durations: &self.durations)
    }
}

/// Which members of the object were met.
private struct HotFields: OptionSet {
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
