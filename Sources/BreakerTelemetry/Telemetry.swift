// OpenTelemetry, pushed by OTLP over HTTP: all metrics every so often, and each transition as a log record.
// It runs beside the daemon and only reads: a receiver that is slow, or not there, costs no request a thing.

import AsyncHTTPClient
package import BreakerServer
import Logging
import NIOCore
import Synchronization

/// The daemon's telemetry.
package final class Telemetry: Annex {
    /// What a stop waits for what is still to be told.
    private static let lastWords = Duration.milliseconds(1_500)

    private struct Running {
        let clients: [HTTPClient]
        let work: Task<Void, Never>
    }

    private let settings: TelemetrySettings
    private let running = Mutex<Running?>(nil)

    package init(_ settings: TelemetrySettings) {
        self.settings = settings
    }

    package func start(_ door: InnerDoor) async throws -> [String] {
        let settings = self.settings
        var logger = door.logger
        if let level = settings.logLevel { logger.logLevel = level }
        for complaint in settings.complaints {
            logger.warning(
                "telemetry_variable_ignored",
                metadata: ["variable": "\(complaint.variable)", "wanted": "\(complaint.wanted)"])
        }
        let metrics = Telemetry.exporter("metrics", settings.metrics, on: door.group, logger)
        let logs = Telemetry.exporter("logs", settings.logs, on: door.group, logger)
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
        let clients = [metrics, logs].compactMap { $0?.client }
        self.running.withLock { $0 = Running(clients: clients, work: work) }
        return []
    }

    package func stop() async {
        guard let running = self.running.withLock({ $0.take() }) else { return }
        running.work.cancel()
        await running.work.value
        for client in running.clients { try? await client.shutdown() }
    }

    /// Nil: it is not sent, or not without a certificate that cannot be read.
    private static func exporter(
        _ name: String, _ signal: TelemetrySettings.Signal?, on group: any EventLoopGroup, _ logger: Logger
    ) -> Exporter? {
        guard let signal else { return nil }
        do {
            let client = try HTTPClient.of(signal, on: group)
            return Exporter(name: name, signal: signal, client: client, logger: logger)
        } catch {
            logger.error(
                "telemetry_certificate_unusable", metadata: ["signal": "\(name)", "cause": "\(error)"])
            return nil
        }
    }

    /// Until its task is cancelled; then once more.
    private static func sendMetrics(
        of door: InnerDoor, _ settings: TelemetrySettings, by exporter: Exporter
    ) async {
        let send = { @Sendable (baseline: MetricBaseline, patience: Duration) in
            let snapshot = door.metrics()
            let request = MetricsRequest(snapshot: snapshot, form: settings.metricForm, baseline: baseline)
            guard await exporter.send(request, of: settings.resource, until: .now + patience) else {
                return baseline
            }
            return MetricBaseline(snapshot, settings.metricForm.temporality)
        }
        var baseline = MetricBaseline(door.metrics(), settings.metricForm.temporality)
        while (try? await Task.sleep(for: settings.metricInterval)) != nil {
            // What the next interval tells is newer: an older one is not worth a longer try.
            baseline = await send(baseline, settings.metricPatience ?? settings.metricInterval)
        }
        let last = baseline
        await Task { _ = await send(last, Telemetry.lastWords) }.value
    }
}
