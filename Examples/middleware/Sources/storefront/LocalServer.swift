import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// A server on a free port of loopback, for as long as `body` runs.
///
/// - Parameter body: gets where it listens: `http://127.0.0.1:8080`.
func withServer<Value: Sendable>(
    _ router: Router<BasicRequestContext>, _ body: @escaping @Sendable (_ url: String) async throws -> Value
) async throws -> Value {
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let logger = Logger(label: "storefront", factory: { _ in SwiftLogNoOpLogHandler() })
    let server = Application(
        router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { channel in
            port.yield(channel.localAddress?.port ?? 0)
            port.finish()
        },
        logger: logger)
    let services = ServiceGroup(configuration: .init(services: [server], logger: logger))
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            // A server that cannot listen leaves nothing to wait for.
            defer { port.finish() }
            try await services.run()
        }
        guard let number = await ports.first(where: { _ in true }) else {
            try await group.waitForAll()
            throw CancellationError()
        }
        do {
            let value = try await body("http://127.0.0.1:\(number)")
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            return value
        } catch {
            await services.triggerGracefulShutdown()
            throw error
        }
    }
}
