// OpenTelemetry, pushed by OTLP over HTTP: all metrics every so often, and each transition as a log record.
// It runs beside the daemon and only reads: a receiver that is slow, or not there, costs no request a thing.

import AsyncHTTPClient
package import BreakerServer
import Logging
import Synchronization

/// The daemon's telemetry.
package final class Telemetry: Annex {
    /// What a stop waits for what is still to be told.
    private static let lastWords = Duration.milliseconds(1_500)

    private struct Running {
        let client: HTTPClient
        let work: Task<Void, Never>
    }

    private let settings: TelemetrySettings
    private let running = Mutex<Running?>(nil)

    package init(_ settings: TelemetrySettings) {
        self.settings = settings
    }

    package func start(_ door: InnerDoor) async throws -> [String] {
        for complaint in self.settings.complaints {
            door.logger.warning(
                "telemetry_variable_ignored",
                metadata: ["variable": "\(complaint.variable)", "wanted": "\(complaint.wanted)"])
        }
        let client = HTTPClient(eventLoopGroupProvider: .shared(door.group))
        let settings = self.settings
        let metrics = settings.metrics.map { Telemetry.exporter("metrics", $0, client, door) }
        let logs = settings.logs.map { Telemetry.exporter("logs", $0, client, door) }
        let transitions = logs.map { TransitionExport(door: door, settings: settings, exporter: $0) }
        let work = Task {
            await withTaskGroup(of: Void.self) { group in
                if let metrics {
                    group.addTask { await Telemetry.sendMetrics(of: door, settings, by: metrics) }
                }
                if let transitions {
                    group.addTask {
                        var transitions = transitions
                        await transitions.run(lastWords: Telemetry.lastWords)
                    }
                }
            }
        }
        self.running.withLock { $0 = Running(client: client, work: work) }
        return []
    }

    package func stop() async {
        guard let running = self.running.withLock({ $0.take() }) else { return }
        running.work.cancel()
        await running.work.value
        try? await running.client.shutdown()
    }

    private static func exporter(
        _ name: String, _ signal: TelemetrySettings.Signal, _ client: HTTPClient, _ door: InnerDoor
    ) -> Exporter {
        Exporter(name: name, signal: signal, client: client, logger: door.logger)
    }

    /// Until its task is cancelled; then once more.
    private static func sendMetrics(
        of door: InnerDoor, _ settings: TelemetrySettings, by exporter: Exporter
    ) async {
        let send = { @Sendable (patience: Duration) in
            let body = MetricsRequest.bytes(door.metrics(), settings.resource)
            _ = await exporter.send(body, until: .now + patience)
        }
        while (try? await Task.sleep(for: settings.metricInterval)) != nil {
            // What the next interval tells is newer: an older one is not worth a longer try.
            await send(settings.metricInterval)
        }
        await Task { await send(Telemetry.lastWords) }.value
    }
}
