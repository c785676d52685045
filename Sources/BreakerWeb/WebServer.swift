// HTTP for those who do not speak the wire: probes of an orchestrator, browsers, functions, scripts. It runs
// in the daemon and asks it over an inner connection, so that a request means the same whichever way it
// comes.

package import BreakerServer
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// The daemon's web server.
package final class WebServer: Annex {
    /// How long a stop waits for requests that are being answered; viewers of events never end by themselves.
    private static let patience = Duration.milliseconds(300)

    private struct Serving {
        let services: ServiceGroup
        let task: Task<Void, Never>
        let events: EventRoute
    }

    private let settings: HTTPSettings
    private let serving = Mutex<Serving?>(nil)
    private let loop = WebLoop()

    package init(_ settings: HTTPSettings) {
        self.settings = settings
    }

    /// - Throws: `ListenError`, and what the system says where there are no descriptors left.
    package func start(_ door: InnerDoor) async throws -> [String] {
        let endpoint = self.settings.endpoint
        let (ports, announce) = AsyncThrowingStream<Int, any Error>.makeStream()
        let events = EventRoute(door: door, loop: self.loop)
        let application = Application(
            router: try await self.router(door, events),
            configuration: ApplicationConfiguration(
                address: .hostname(endpoint.host, port: endpoint.port), serverName: nil),
            onServerRunning: { channel in
                announce.yield(channel.localAddress?.port ?? endpoint.port)
                announce.finish()
            },
            eventLoopGroupProvider: .shared(self.loop.group),
            logger: WebServer.silence)
        var configuration = ServiceGroupConfiguration(services: [application], logger: WebServer.silence)
        configuration.maximumGracefulShutdownDuration = WebServer.patience
        let services = ServiceGroup(configuration: configuration)
        let task = Task(executorPreference: self.loop) {
            do {
                try await services.run()
            } catch {
                announce.finish(throwing: error)
            }
        }
        self.serving.withLock { $0 = Serving(services: services, task: task, events: events) }
        do {
            for try await port in ports {
                return ["http://\(TCPEndpoint(host: endpoint.host, port: port))"]
            }
            throw CancellationError()
        } catch {
            throw ListenError(address: "http://\(endpoint)", error)
        }
    }

    package func stop() async {
        if let serving = self.serving.withLock({ $0.take() }) {
            // Not by cancelling it: a connection that was accepted and not looked at yet would be dropped on
            // the way, which SwiftNIO takes for a mistake of ours and ends the process.
            await serving.services.triggerGracefulShutdown()
            await serving.task.value
            await serving.events.stop()
        }
        await self.loop.stop()
    }

    /// What clients do wrong is told to them.
    private static let silence = Logger(label: "breakerd-http") { _ in SwiftLogNoOpLogHandler() }

    private func router(
        _ door: InnerDoor, _ events: EventRoute
    ) async throws -> Router<WebContext> {
        let router = Router(context: WebContext.self)
        router.add(middleware: Answering(access: AccessRules(self.settings)))
        let gateway = try await Gateway.open(door, on: self.loop.group)
        PageRoute(settings: self.settings).add(to: router)
        HealthRoutes(door: door, gateway: gateway).add(to: router)
        MetricsRoute(door: door).add(to: router)
        APIRoutes(gateway: gateway).add(to: router.group("api/v1"))
        events.add(to: router.group("api/v1"))
        DocumentRoute().add(to: router.group("api/v1"))
        return router
    }
}
