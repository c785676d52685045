import BreakerStore
import Logging

/// Says when the disk starts to fail and when it works again.
struct StoreStatusLog: Sendable {
    let logger: Logger

    func write(_ status: StoreStatus) {
        if let error = status.error {
            self.logger.error(
                "store_failing",
                metadata: [
                    "cause": "\(error)", "file": "\(status.path)",
                    "meaning": "serving from memory; operators' commands are refused until the disk works",
                ])
        } else {
            self.logger.notice(
                "store_recovered",
                metadata: ["file": "\(status.path)", "events_dropped": "\(status.droppedEvents)"])
        }
    }
}
