import BreakerNotify
import BreakerServer
import BreakerTelemetry
import BreakerWeb

/// What runs in the daemon's process beside its own sockets, as far as it is configured.
enum Annexes {
    static func make(_ configuration: Configuration, environment: [String: String]) -> [any Annex] {
        var annexes: [any Annex] = []
        if let http = configuration.http { annexes.append(WebServer(http)) }
        let settings = TelemetrySettings(endpoint: configuration.telemetry, environment: environment)
        if settings.isWanted { annexes.append(Telemetry(settings)) }
        if !configuration.notifiers.isEmpty { annexes.append(Notifiers(configuration.notifiers)) }
        return annexes
    }
}
