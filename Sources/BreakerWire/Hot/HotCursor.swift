// Steps over a line's bytes. Every method stops at the line feed at the end, which is part of no token, and a
// method that cannot go on says so with nil or false: the caller then gives up, and the strict parser has the
// word.

import BreakerCore

/// Strings of at most 16 bytes as one or two little-endian numbers, so that a key is told by one comparison.
enum HotWord {
    static let op: UInt64 = 0x706f
    static let id: UInt64 = 0x6469
    static let breaker: UInt64 = 0x0072_656b_6165_7262
    static let permit: UInt64 = 0x7469_6d72_6570
    static let outcome: UInt64 = 0x0065_6d6f_6374_756f
    static let error: UInt64 = 0x0072_6f72_7265
    static let reports: UInt64 = 0x0073_7472_6f70_6572
    static let sequence: UInt64 = 0x6563_6e65_7571_6573
    static let leaseMs: UInt64 = 0x736d_5f65_7361_656c
    static let success: UInt64 = 0x0073_7365_6363_7573
    static let failure: UInt64 = 0x0065_7275_6c69_6166
    static let timeout: UInt64 = 0x0074_756f_656d_6974
    static let ignored: UInt64 = 0x0064_6572_6f6e_6769
    static let rejected: UInt64 = 0x6465_7463_656a_6572
    static let slow: UInt64 = 0x776f_6c73
    static let acquire: UInt64 = 0x0065_7269_7571_6361
    static let report: UInt64 = 0x7472_6f70_6572
    static let release: UInt64 = 0x0065_7361_656c_6572
    static let ping: UInt64 = 0x676e_6970
    // Longer keys: their first eight bytes, and the next eight.
    static let generati: UInt64 = 0x6974_6172_656e_6567
    static let on: UInt64 = 0x6e6f
    static let duration: UInt64 = 0x6e6f_6974_6172_7564
    static let ms: UInt64 = 0x0073_6d5f
    static let plural: UInt64 = 0x73
    static let sumMs: UInt64 = 0x736d_5f6d_7573_5f
    static let retryAf: UInt64 = 0x6661_5f79_7274_6572
    static let terMs: UInt64 = 0x736d_5f72_6574
    static let trailing: UInt64 = 0x676e_696c_6961_7274
    static let failureSuffix: UInt64 = 0x6572_756c_6961_665f
}

struct HotCursor {
    /// A short string: its first and second eight bytes, zeros behind its end. Not checked for escapes: it is
    /// only ever compared as a whole.
    struct Token {
        var head: UInt64
        var tail: UInt64
        var count: Int
    }

    /// Never beyond `end`: no step is taken over a line feed.
    var position: UnsafeRawPointer
    /// Where the line feed is.
    let end: UnsafeRawPointer

    // MARK: Bytes

    /// The next byte; a line feed at the end.
    @inline(__always)
    var next: UInt8 { self.position.load(as: UInt8.self) }

    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        guard self.next == byte else { return false }
        self.position += 1
        return true
    }

    @inline(__always)
    mutating func skipWhitespace() {
        while self.next <= 0x20 {
            let byte = self.next
            guard byte == 0x20 || byte == 0x09 || byte == 0x0D else { return }
            self.position += 1
        }
    }

    /// Steps over whitespace, `byte`, and whitespace again.
    @inline(__always)
    mutating func takeSpaced(_ byte: UInt8) -> Bool {
        self.skipWhitespace()
        guard self.take(byte) else { return false }
        self.skipWhitespace()
        return true
    }

    /// The eight bytes at `pointer`, at most the end, as a little-endian number; zeros behind the end.
    @inline(__always)
    func word(at pointer: UnsafeRawPointer) -> UInt64 {
        let left = self.end - pointer
        if left >= 8 { return UInt64(littleEndian: pointer.loadUnaligned(as: UInt64.self)) }
        // A line has at least eight bytes before its line feed.
        return UInt64(littleEndian: (self.end - 8).loadUnaligned(as: UInt64.self)) >> UInt64(8 * (8 - left))
    }

    // MARK: Strings

    /// How many bytes of `word` stand before its first `"`; 8 if it has none.
    @inline(__always)
    private static func bytesBeforeQuote(_ word: UInt64) -> Int {
        // A byte of `difference` is zero where `word` has a quote; the lowest zero byte sets its high bit
        // first (Bit Twiddling Hacks, "Determine if a word has a zero byte").
        let difference = word ^ 0x2222_2222_2222_2222
        let zeros = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
        return zeros.trailingZeroBitCount >> 3
    }

    /// The first `count` bytes of a word, at most 7; zeros in place of the others.
    @inline(__always)
    private static func first(_ count: Int, of word: UInt64) -> UInt64 {
        word & ((1 &<< UInt64(truncatingIfNeeded: 8 &* count)) &- 1)
    }

    /// A string of at most 17 bytes, its opening quote being next.
    @inline(__always)
    mutating func token() -> Token? {
        guard self.take(UInt8(ascii: "\"")) else { return nil }
        let word = self.word(at: self.position)
        let count = HotCursor.bytesBeforeQuote(word)
        guard count == 8 else {
            self.position += count + 1
            return Token(head: HotCursor.first(count, of: word), tail: 0, count: count)
        }
        return self.longToken(head: word)
    }

    @inline(never)
    private mutating func longToken(head: UInt64) -> Token? {
        guard self.end - self.position > 8 else { return nil }
        let word = self.word(at: self.position + 8)
        let count = HotCursor.bytesBeforeQuote(word)
        if count < 8 {
            self.position += 8 + count + 1
            return Token(head: head, tail: HotCursor.first(count, of: word), count: 8 + count)
        }
        // The longest key, "trailing_failures", has one byte more.
        guard self.end - self.position > 17, (self.position + 16).load(as: UInt8.self) == UInt8(ascii: "s"),
            (self.position + 17).load(as: UInt8.self) == UInt8(ascii: "\"")
        else { return nil }
        self.position += 18
        return Token(head: head, tail: word, count: 17)
    }

    /// The content of a string of printable ASCII without escapes, at most `most` bytes.
    @inline(__always)
    mutating func plainString(most: Int) -> UnsafeRawBufferPointer? {
        guard self.take(UInt8(ascii: "\"")) else { return nil }
        let start = self.position
        while true {
            let byte = self.next
            if byte == UInt8(ascii: "\"") { break }
            guard byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") else { return nil }
            self.position += 1
        }
        let content = UnsafeRawBufferPointer(start: start, count: self.position - start)
        self.position += 1
        return content.count <= most ? content : nil
    }

    /// A breaker's name in quotes.
    @inline(__always)
    mutating func name() -> UnsafeRawBufferPointer? {
        guard self.take(UInt8(ascii: "\"")) else { return nil }
        let start = self.position
        var count = 8
        while count == 8 {
            count = HotCursor.nameBytes(in: self.word(at: self.position))
            self.position += count
        }
        let name = UnsafeRawBufferPointer(start: start, count: self.position - start)
        guard self.take(UInt8(ascii: "\"")), name.count > 0, name.count <= WireLimits.nameBytes else {
            return nil
        }
        return name
    }

    /// How many bytes of `word`, from its first on, may stand in a name.
    ///
    /// `BreakerName.isAllowed` for eight bytes at once: in ASCII it is four ranges, `-` to `:`, `@` to `Z`,
    /// `_` alone and `a` to `z`. In a byte without its high bit, adding 0x80 − n sets it from n on.
    @inline(__always)
    private static func nameBytes(in word: UInt64) -> Int {
        let low = word & 0x7f7f_7f7f_7f7f_7f7f
        let isAllowed =
            self.marks(low, from: 0x2d, before: 0x3b) | self.marks(low, from: 0x40, before: 0x5b)
            | self.marks(low, from: 0x5f, before: 0x60) | self.marks(low, from: 0x61, before: 0x7b)
        let others = (~isAllowed | word) & 0x8080_8080_8080_8080
        return others.trailingZeroBitCount >> 3
    }

    /// The high bit of each byte that is in the range; bytes below 0x80 only.
    @inline(__always)
    private static func marks(_ word: UInt64, from first: UInt64, before end: UInt64) -> UInt64 {
        let each: UInt64 = 0x0101_0101_0101_0101
        return (word &+ each &* (0x80 &- first)) & ~(word &+ each &* (0x80 &- end))
    }

    // MARK: Numbers

    @inline(__always)
    private mutating func digit() -> UInt64? {
        let digit = self.next &- UInt8(ascii: "0")
        guard digit <= 9 else { return nil }
        self.position += 1
        return UInt64(digit)
    }

    /// A whole number of at most 2^53 − 1, without sign, fraction or leading zero.
    @inline(__always)
    mutating func integer() -> UInt64? {
        let start = self.position
        guard var number = self.digit() else { return nil }
        let startsWithZero = number == 0
        while let digit = self.digit() { number = number &* 10 &+ digit }
        let digits = self.position - start
        guard digits == 1 || !startsWithZero, digits <= 16, number <= UInt64(WireLimits.exactInteger) else {
            return nil
        }
        return number
    }

    /// A number of at most 15 digits, perhaps with a fraction. Exact: 15 digits and their power of ten are
    /// doubles without error, and one division of two such numbers rounds as a correct reading does.
    @inline(__always)
    mutating func decimal() -> Double? {
        let start = self.position
        guard var mantissa = self.digit() else { return nil }
        let startsWithZero = mantissa == 0
        while let digit = self.digit() { mantissa = mantissa &* 10 &+ digit }
        guard self.position - start == 1 || !startsWithZero else { return nil }
        guard self.next == UInt8(ascii: ".") else {
            return self.position - start <= 15 ? Double(mantissa) : nil
        }
        self.position += 1
        let fraction = self.position
        var scale = 1.0
        while let digit = self.digit() {
            mantissa = mantissa &* 10 &+ digit
            scale *= 10
        }
        guard self.position > fraction, self.position - start - 1 <= 15 else { return nil }
        return Double(mantissa) / scale
    }

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
