import Testing

@testable import BreakerTelemetry

@Suite("Protocol Buffers")
struct ProtobufWriterTests {
    private func bytes(_ write: (inout ProtobufWriter) -> Void) -> [UInt8] {
        var writer = ProtobufWriter()
        write(&writer)
        return writer.bytes
    }

    @Test func `Fields are as the specification's examples have them`() {
        #expect(self.bytes { $0.varint(1, 150) } == [0x08, 0x96, 0x01])
        #expect(self.bytes { $0.string(2, "testing") } == [0x12, 0x07] + Array("testing".utf8))
        #expect(self.bytes { $0.message(3) { $0.varint(1, 150) } } == [0x1a, 0x03, 0x08, 0x96, 0x01])
    }

    @Test func `Numbers of any size are whole`() {
        #expect(self.bytes { $0.varint(1, .max) }.count == 11)
        #expect(self.bytes { $0.fixed(1, 1) } == [0x09, 1, 0, 0, 0, 0, 0, 0, 0])
        #expect(self.bytes { $0.double(1, 1) } == [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f])
        #expect(
            self.bytes { $0.packed(6, [1, 2]) } == [0x32, 16, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])
        #expect(self.bytes { $0.varint(16, 0) } == [0x80, 0x01, 0])
    }
}
