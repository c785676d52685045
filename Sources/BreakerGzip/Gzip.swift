import CZlib
package import NIOCore

/// gzip (https://www.rfc-editor.org/rfc/rfc1952), by zlib: of a whole, and of a stream without end in pieces
/// that stand on their own.
///
/// A piece refers to nothing before it, so that one compressed once fits into any number of streams. Each
/// ends at a byte's boundary, and whoever receives it can read all of it at once.
package enum Gzip {
    /// What a stream begins with: no name, no time, from anywhere.
    package static let head = ByteBuffer(bytes: [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])

    /// Bytes of a block that is not compressed, at most.
    private static let mostStoredBytes = 65_535

    /// A whole, with its sum at the end.
    package static func whole(_ bytes: ByteBuffer) -> ByteBuffer {
        self.deflate(bytes, level: Z_DEFAULT_COMPRESSION, windowBits: MAX_WBITS + 16, flush: Z_FINISH)
    }

    /// A piece of a stream, compressed: fast rather than small, since it is made every second.
    package static func piece(_ bytes: ByteBuffer) -> ByteBuffer {
        self.deflate(bytes, level: Z_BEST_SPEED, windowBits: -MAX_WBITS, flush: Z_FULL_FLUSH)
    }

    /// A piece of a stream as it is, in blocks that say so
    /// (https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4).
    package static func stored(_ bytes: ByteBuffer) -> ByteBuffer {
        var rest = bytes
        var piece = ByteBuffer()
        piece.reserveCapacity(bytes.readableBytes + 5 * (bytes.readableBytes / self.mostStoredBytes + 1))
        while rest.readableBytes > 0,
            let block = rest.readSlice(length: min(rest.readableBytes, self.mostStoredBytes))
        {
            let length = UInt16(block.readableBytes)
            piece.writeInteger(UInt8(0))
            piece.writeInteger(length, endianness: .little)
            piece.writeInteger(~length, endianness: .little)
            piece.writeImmutableBuffer(block)
        }
        return piece
    }

    private static func deflate(_ bytes: ByteBuffer, level: CInt, windowBits: CInt, flush: CInt) -> ByteBuffer
    {
        var stream = z_stream()
        let memoryLevel: CInt = 8
        let opened = deflateInit2_(
            &stream, level, Z_DEFLATED, windowBits, memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            CInt(MemoryLayout<z_stream>.size))
        precondition(opened == Z_OK, "zlib has no memory, or is another one than was built against")
        defer { deflateEnd(&stream) }
        // Room for all of it and for the end of a flush: one call does.
        let room = Int(deflateBound(&stream, UInt(bytes.readableBytes))) + 16
        var output = ByteBuffer()
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { space in
            bytes.withUnsafeReadableBytes { input in
                stream.next_in = UnsafeMutablePointer(
                    mutating: input.bindMemory(to: UInt8.self).baseAddress)
                stream.avail_in = CUnsignedInt(input.count)
                stream.next_out = space.bindMemory(to: UInt8.self).baseAddress
                stream.avail_out = CUnsignedInt(space.count)
                CZlib.deflate(&stream, flush)
                return space.count - Int(stream.avail_out)
            }
        }
        return output
    }
}
