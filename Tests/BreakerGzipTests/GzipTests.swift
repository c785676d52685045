import BreakerGzip
import CZlib
import NIOCore
import Testing

@Suite("gzip")
struct GzipTests {
    private static let line = ByteBuffer(
        string: String(
            repeating: #"{"breaker":"payments","window":{"calls":120,"failures":3}}"#, count: 2_000))

    /// By zlib, which knows nothing of how it was made; nil where it is none.
    private func inflated(_ bytes: ByteBuffer, room: Int = 1 << 20) -> String? {
        var stream = z_stream()
        guard
            inflateInit2_(&stream, MAX_WBITS + 16, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { inflateEnd(&stream) }
        var input = Array(bytes.readableBytesView)
        var output = [UInt8](repeating: 0, count: room)
        return input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                (stream.next_in, stream.avail_in) = (input.baseAddress, CUnsignedInt(input.count))
                (stream.next_out, stream.avail_out) = (output.baseAddress, CUnsignedInt(output.count))
                let result = inflate(&stream, Z_SYNC_FLUSH)
                guard result == Z_OK || result == Z_STREAM_END, stream.avail_in == 0 else { return nil }
                return String(decoding: output.prefix(output.count - Int(stream.avail_out)), as: UTF8.self)
            }
        }
    }

    @Test("A whole comes back, and is smaller")
    func whole() {
        #expect(self.inflated(Gzip.whole(Self.line)) == String(buffer: Self.line))
        #expect(Gzip.whole(Self.line).readableBytes < Self.line.readableBytes / 20)
        #expect(self.inflated(Gzip.whole(ByteBuffer())) == "")
    }

    @Test("A piece that was compressed once fits into any stream, at any place, and is read at once")
    func pieces() {
        let shared = Gzip.piece(Self.line)
        #expect(shared.readableBytes < Self.line.readableBytes / 10)
        let (hello, bye) = (ByteBuffer(string: "hello "), ByteBuffer(string: " bye"))
        let text = String(buffer: Self.line)
        for (pieces, wanted) in [
            ([shared], text), ([Gzip.stored(hello), shared, shared], "hello " + text + text),
            ([shared, Gzip.stored(bye), shared, Gzip.piece(bye)], text + " bye" + text + " bye"),
        ] {
            var stream = Gzip.head
            for piece in pieces { stream.writeImmutableBuffer(piece) }
            #expect(self.inflated(stream) == wanted)
        }
    }

    @Test("What is stored is as it was, however long", arguments: [0, 1, 65_535, 65_536, 200_000])
    func stored(length: Int) {
        let text = String(repeating: "x", count: length)
        var stream = Gzip.head
        stream.writeImmutableBuffer(Gzip.stored(ByteBuffer(string: text)))
        #expect(self.inflated(stream) == text)
    }

    @Test("What cannot be made smaller fits too")
    func noise() {
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<100_000).map { _ in UInt8.random(in: 0x20...0x7e, using: &random) }
        var stream = Gzip.head
        stream.writeImmutableBuffer(Gzip.piece(ByteBuffer(bytes: bytes)))
        #expect(self.inflated(stream) == String(decoding: bytes, as: UTF8.self))
    }
}
