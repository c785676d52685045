// A reply is told apart by a few of its bytes: decoding its JSON would cost more than the daemon spends on
// the request. breakerd begins its replies with `id` and `ok`, and those to acquire go on with `allowed`;
// what begins otherwise is not taken for a reply.

import Foundation

/// What one line of the daemon's says.
enum LoadReply: Hashable, Sendable {
    /// `refused`: the call that was asked for may not be made.
    case answer(slot: Int, refused: Bool)
    /// The request failed.
    case failure(slot: Int, code: String)
    /// An error that answers no request of ours, such as `limit` where a connection is one too many.
    case complaint(code: String, message: String)
    case unreadable

    /// More digits than any slot has.
    private static let mostDigits = 9

    /// - Parameter line: without its line feed.
    init(_ line: UnsafeRawBufferPointer) {
        guard line.has(#"{"id":"#, at: 0) else {
            self = .unreadable
            return
        }
        var index = 6
        var slot = 0
        while index < line.count, index < 6 + LoadReply.mostDigits, let digit = line[index].digit {
            slot = slot * 10 + digit
            index += 1
        }
        if index == 6 {
            self = LoadReply.complaint(in: line) ?? .unreadable
        } else if line.has(#","ok":true"#, at: index) {
            self = .answer(slot: slot, refused: line.has(#","allowed":false"#, at: index + 10))
        } else if line.has(#","ok":false,"error":{"code":""#, at: index) {
            let code = line[(index + 29)...].prefix { $0 != UInt8(ascii: "\"") }
            self = .failure(slot: slot, code: String(decoding: code, as: UTF8.self))
        } else {
            self = .unreadable
        }
    }

    /// These are rare, and their words are wanted.
    private static func complaint(in line: UnsafeRawBufferPointer) -> LoadReply? {
        struct Reply: Decodable {
            struct Detail: Decodable {
                let code: String
                let message: String
            }
            let error: Detail
        }
        return (try? JSONDecoder().decode(Reply.self, from: Data(line))).map { reply in
            .complaint(code: reply.error.code, message: reply.error.message)
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these bytes stand at some place.
    @inline(__always)
    fileprivate func has(_ text: StaticString, at offset: Int) -> Bool {
        guard let base = self.baseAddress, offset + text.utf8CodeUnitCount <= self.count else { return false }
        return memcmp(base + offset, text.utf8Start, text.utf8CodeUnitCount) == 0
    }
}

extension UInt8 {
    @inline(__always)
    fileprivate var digit: Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) ? Int(self - UInt8(ascii: "0")) : nil
    }
}
