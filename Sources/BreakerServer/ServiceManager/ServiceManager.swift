// The daemon's side of systemd's protocol for services, sd_notify(3).
//
// Spoken without its library: a few datagrams are not worth a dependency, and other managers speak it too.
// Nothing here can fail the daemon; without a manager every call is a no-op.

import BreakerStore
import Logging
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Tells the service manager how the daemon is doing.
final class ServiceManager: Sendable {
    private let socket: NotifySocket?
    private let logger: Logger
    private let state = Mutex(ServiceState())
    private let isUnreachable = Mutex(false)

    /// How long the manager waits for a sign of life; nil: it does not watch.
    let watchdogLimit: Duration?

    /// - Parameter variables: what the manager set for this process.
    init(_ variables: [ManagerVariable: String], logger: Logger) {
        self.logger = logger
        do throws(NotifySocket.Failure) {
            self.socket = try variables[.notifySocket].map(NotifySocket.init)
        } catch {
            self.socket = nil
            ServiceManager.warn(logger, about: .notifySocket, "\(error)")
        }
        self.watchdogLimit = ServiceManager.watchdogLimit(variables, logger)
    }

    /// The database is about to be read.
    func opening(_ database: String) {
        self.tell { $0.phase = .opening(database: database) }
    }

    /// Every listener accepts.
    func ready(breakers: Int, addresses: [String]) {
        self.tell("READY=1") { $0.phase = .serving(breakers: breakers, addresses: addresses) }
    }

    /// The disk begins to fail, or works again.
    func storeChanged(_ status: StoreStatus) {
        self.tell { $0.storeError = status.error }
    }

    /// The configuration is about to be read again. The time tells a manager which of its requests this
    /// answers.
    func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        self.send("RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1_000)")
    }

    /// - Parameter error: why the former configuration stays in force; nil: the new one is.
    func reloaded(error: String?) {
        self.tell("READY=1") { $0.reloadError = error }
    }

    /// The daemon drains.
    func stopping() {
        self.tell("STOPPING=1") { $0.phase = .stopping }
    }

    /// The daemon did not start.
    func failed(_ cause: String) {
        self.tell { $0.phase = .failed(cause: cause) }
    }

    /// A sign of life.
    func feedWatchdog() {
        self.send("WATCHDOG=1")
    }

    // MARK: Sending

    /// Sends the sentence of the new state, in the order of the changes; `assignment` goes before it.
    private func tell(_ assignment: String? = nil, _ change: (inout ServiceState) -> Void) {
        self.state.withLock { state in
            change(&state)
            self.send((assignment.map { "\($0)\n" } ?? "") + "STATUS=\(state.sentence)")
        }
    }

    private func send(_ message: String) {
        guard let socket = self.socket else { return }
        do throws(NotifySocket.Failure) {
            try socket.send(message)
            self.isUnreachable.withLock { $0 = false }
        } catch {
            let isNews = self.isUnreachable.withLock { isUnreachable in
                defer { isUnreachable = true }
                return !isUnreachable
            }
            if isNews { self.logger.warning("manager_unreachable", metadata: ["cause": "\(error)"]) }
        }
    }

    // MARK: Variables

    private static func watchdogLimit(
        _ variables: [ManagerVariable: String], _ logger: Logger
    ) -> Duration? {
        guard let text = variables[.watchdogMicroseconds] else { return nil }
        // Meant for the process that started this one, say.
        if let process = variables[.watchdogProcess], process != "\(getpid())" { return nil }
        guard let microseconds = Int64(text), microseconds > 0 else {
            self.warn(logger, about: .watchdogMicroseconds, "\(text) is no number of microseconds")
            return nil
        }
        return .microseconds(microseconds)
    }

    private static func warn(_ logger: Logger, about variable: ManagerVariable, _ cause: String) {
        logger.warning(
            "manager_variable_ignored", metadata: ["variable": "\(variable.rawValue)", "cause": "\(cause)"])
    }
}
