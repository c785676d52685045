import Foundation
import NIOCore
import Testing

@testable import BreakerServer

@Suite("The file of the Unix socket")
struct UnixSocketFileTests {
    @Test("Its directory is made, its mode is the one asked for, and it goes with the daemon")
    func life() async throws {
        let server = try await TestServer()
        let mode = try FileManager.default.attributesOfItem(atPath: server.path)[.posixPermissions] as? Int
        #expect(mode == 0o660)
        await server.stop()
        #expect(!FileManager.default.fileExists(atPath: server.path))
    }

    @Test("One that somebody listens on is refused in words that say what to do; a stale one is replaced")
    func claim() async throws {
        let server = try await TestServer()
        let error = #expect(throws: ListenError.self) {
            _ = try UnixSocketFile.claim(UnixSocket(path: server.path))
        }
        #expect(error?.description.contains("another process listens there") == true)
        let stale = server.path + ".stale"
        try FileManager.default.moveItem(atPath: server.path, toPath: stale)
        await server.network.drain(within: .seconds(1))
        #expect(FileManager.default.fileExists(atPath: stale))
        #expect(throws: Never.self) { try UnixSocketFile.claim(UnixSocket(path: stale)) }
        #expect(!FileManager.default.fileExists(atPath: stale))
        await server.stop()
    }

    @Test("A file that took its place since is left alone")
    func replaced() async throws {
        let server = try await TestServer()
        try FileManager.default.removeItem(atPath: server.path)
        try Data("mine".utf8).write(to: URL(fileURLWithPath: server.path))
        await server.network.drain(within: .seconds(1))
        #expect(FileManager.default.fileExists(atPath: server.path))
        #expect(throws: ListenError.self) { try UnixSocketFile.claim(UnixSocket(path: server.path)) }
        await server.stop()
    }
}
