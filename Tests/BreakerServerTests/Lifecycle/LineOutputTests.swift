import Foundation
import NIOCore
import Testing

@testable import BreakerServer

@Suite("Log lines")
struct LineOutputTests {
    @Test("Long lines of several threads stay whole")
    func whole() async throws {
        let pipe = Pipe()
        let output = LineOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let reader = pipe.fileHandleForReading
        // Threads of their own: whoever waits for a pipe must not keep the tests from running.
        async let text = withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: (try? reader.readToEnd()) ?? Data()) }
        }
        await withTaskGroup(of: Void.self) { group in
            for letter in "abcd" {
                group.addTask {
                    let line = ByteBuffer(string: String(repeating: letter, count: 20_000) + "\n")
                    for _ in 0..<20 { output.write(line) }
                }
            }
        }
        try pipe.fileHandleForWriting.close()
        let lines = String(decoding: await text, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 80)
        #expect(lines.allSatisfy { $0.count == 20_000 && Set($0).count == 1 })
    }

    @Test("A log that cannot be written is no reason to stop")
    func full() {
        let descriptor = open("/dev/full", O_WRONLY)
        LineOutput(descriptor: descriptor).write(ByteBuffer(string: "lost\n"))
        close(descriptor)
        LineOutput(descriptor: -1).write(ByteBuffer(string: "lost\n"))
    }
}
