import BreakerStore
import Logging

/// Says how a start went: where the daemon listens, or why it does not start.
struct StartLog {
    let logger: Logger

    /// Where clients connect, and what of the configuration the service manager's sockets made void.
    func write(addresses: [String], configured: Listeners, activated: [ActivatedSocket]) {
        let passed = activated.map(\.address)
        for address in addresses {
            let opener = passed.contains(address) ? "service manager" : "breakerd"
            self.logger.notice("listening", metadata: ["address": "\(address)", "opened_by": "\(opener)"])
        }
        let kept = configured.yielding(to: activated).addresses
        for address in configured.addresses where !kept.contains(address) && !passed.contains(address) {
            self.logger.notice("configured_address_unused", metadata: ["address": "\(address)"])
        }
    }

    /// How the process ends because of an error.
    func write(_ error: any Error) -> Daemon.Exit {
        let metadata: Logger.Metadata = ["cause": "\(error)"]
        switch error {
        case is StoreOpenError:
            self.logger.critical("database_unusable", metadata: metadata)
            return .configuration
        case is ActivationError:
            self.logger.critical("sockets_unusable", metadata: metadata)
            return .configuration
        case is ListenError:
            self.logger.critical("cannot_listen", metadata: metadata)
            return .unavailable
        case _:
            self.logger.critical("internal_error", metadata: metadata)
            return .internalError
        }
    }
}
