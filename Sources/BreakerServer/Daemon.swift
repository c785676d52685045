// The one place that wires everything together: store → engine → network, started in this order and stopped
// in the reverse one.

import BreakerCore
import BreakerStore
import Foundation
import Logging
import NIOCore
import NIOPosix
import UnixSignals

/// A running daemon.
package final class Daemon: Sendable {
    /// How the process ends, after sysexits.h where it has a word for it.
    package enum Exit: Int32 {
        case success = 0
        /// Nothing to listen on: an address is in use or may not be bound.
        case unavailable = 69
        /// A fault of the daemon's own.
        case internalError = 70
        /// The database, or a socket of the service manager, cannot be used as it is.
        case configuration = 78
        /// A second signal cut the orderly stop short: 128 + SIGTERM.
        case terminated = 143
    }

    /// From the first signal to the end: the network first, then the store.
    private static let drainTime = TimeAmount.seconds(3)

    private let logger: Logger
    private let logLevel: LineLogHandler.Level
    private let store: Store
    private let engine: Engine
    private let transitions: TransitionLog
    private let counts: CountsTicker
    private let network: Network
    private let manager: ServiceManager
    private let watchdog: Watchdog?
    private let annexes: [any Annex]

    private init(
        logger: Logger, logLevel: LineLogHandler.Level, store: Store, engine: Engine,
        transitions: TransitionLog, counts: CountsTicker, network: Network, manager: ServiceManager,
        watchdog: Watchdog?,
        annexes: [any Annex]
    ) {
        self.annexes = annexes
        self.manager = manager
        self.watchdog = watchdog
        self.transitions = transitions
        self.counts = counts
        self.logger = logger
        self.logLevel = logLevel
        self.store = store
        self.engine = engine
        self.network = network
    }

    /// Runs until a signal ends it.
    ///
    /// - Parameters:
    ///   - annexes: what runs beside the daemon's own sockets, in the order in which it is started.
    ///   - reload: reads the configuration again, on SIGHUP.
    /// - Returns: the process's exit code.
    package static func run(
        _ configuration: Configuration, annexes: (Configuration) -> [any Annex],
        reload: @escaping @Sendable () throws -> Configuration
    ) async -> Int32 {
        let logLevel = LineLogHandler.Level(configuration.log.level)
        let logger = Logger(label: "breakerd") { _ in
            LineLogHandler(isJSON: configuration.log.isJSON, sharedLevel: logLevel)
        }
        // Before there are threads: whoever reads a variable must not meet one that is being unset.
        let variables = ManagerVariable.take()
        let manager = ServiceManager(variables, logger: logger)
        // Claimed first: a signal that comes while the daemon starts must not kill it half-way.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        // A file that may not grow and a log that nobody reads are errors to handle, not reasons to die.
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        FileDescriptorLimit.raise()
        do {
            let activated = try ActivatedSocket.adopt(variables)
            let daemon = try await Daemon.start(
                configuration, activated: activated, annexes: annexes(configuration), manager: manager,
                logger: logger, logLevel: logLevel)
            return await daemon.serve(configuration, signals: signals, reload: reload).rawValue
        } catch {
            let exit = StartLog(logger: logger).write(error)
            if configuration.log.isJSON, exit != .internalError {
                LineOutput.standardError.tell("\(error)")
            }
            manager.failed("\(error)")
            return exit.rawValue
        }
    }

    // MARK: Start

    private static func start(
        _ configuration: Configuration, activated: [ActivatedSocket], annexes: [any Annex],
        manager: ServiceManager, logger: Logger, logLevel: LineLogHandler.Level
    ) async throws -> Daemon {
        let started = ContinuousClock.now
        manager.opening("\(configuration.database)")
        let (store, loaded) = try Daemon.openStore(configuration, manager: manager, logger: logger)
        let clock =
            configuration.manualClock
            ? DaemonClock.manual(lastWall: loaded.lastWallMilliseconds) : DaemonClock.system()
        let engine = Engine(
            settings: Engine.Settings(configuration), clock: clock, store: store, loaded: loaded,
            filePolicies: configuration.policies)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.eventLoops)
        let eventLoops: [any EventLoop] = Array(group.makeIterator())
        let service = Service(
            engine: engine, store: store, limits: configuration.limits, epoch: loaded.epoch,
            heartbeatMs: configuration.heartbeatMs, eventLoops: eventLoops)
        // Before anybody can connect: nothing that happens is missing in the log.
        let transitions = TransitionLog(feed: engine.feed, logger: logger)
        let network: Network
        let annexed: [String]
        do {
            // First: where it cannot listen, no client was let in.
            annexed = try await annexes.start(InnerDoor(service: service, group: group, logger: logger))
            network = try await Network.listen(
                configuration.listeners.yielding(to: activated), activated: activated, service: service,
                group: group)
        } catch {
            await annexes.stop()
            await store.close(wallMilliseconds: clock.wallMilliseconds())
            throw error
        }
        if !clock.isManual {
            TimerService(engine: engine, eventLoop: group.next()).start()
            service.hubs.startHeartbeats(every: configuration.heartbeatMs)
        }
        StartLog(logger: logger).write(
            addresses: network.addresses + annexed, configured: configuration.listeners,
            activated: activated)
        #if os(Linux)
            StartPages.release()
        #endif
        logger.notice(
            "ready",
            metadata: [
                "breakers": "\(loaded.breakers.count)", "epoch": "\(loaded.epoch)",
                "database": "\(configuration.database)", "version": "\(DaemonVersion.text)",
                "started_in_ms": "\((ContinuousClock.now - started) / .milliseconds(1))",
            ])
        manager.ready(breakers: loaded.breakers.count, addresses: network.addresses)
        return Daemon(
            logger: logger, logLevel: logLevel, store: store, engine: engine, transitions: transitions,
            counts: CountsTicker(service: service), network: network, manager: manager,
            watchdog: manager.watchdogLimit.map { limit in
                Watchdog(
                    limit: limit, workers: Watchdog.Worker.all(eventLoops: eventLoops, store: store),
                    logger: logger, feed: manager.feedWatchdog)
            }, annexes: annexes)
    }

    private static func openStore(
        _ configuration: Configuration, manager: ServiceManager, logger: Logger
    ) throws(StoreOpenError) -> (Store, LoadedState) {
        let (store, loaded) = try Store.open(
            StoreOptions(configuration),
            wallMilliseconds: configuration.manualClock
                ? DaemonClock.manualWallStart : DaemonClock.systemWallMilliseconds(),
            onStatusChange: { status in
                StoreStatusLog(logger: logger).write(status)
                manager.storeChanged(status)
            })
        if let file = loaded.quarantinedFile {
            logger.critical("database_quarantined", metadata: ["moved_to": "\(file)", "starting": "empty"])
        }
        if loaded.skippedRows > 0 {
            logger.error("database_rows_skipped", metadata: ["rows": "\(loaded.skippedRows)"])
        }
        return (store, loaded)
    }

    // MARK: Run and stop

    private func serve(
        _ configuration: Configuration, signals: UnixSignalsSequence,
        reload: @escaping @Sendable () throws -> Configuration
    ) async -> Exit {
        let background = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await Housekeeping(engine: self.engine, store: self.store).run() }
                group.addTask { await self.transitions.run() }
                if !self.engine.clock.isManual { group.addTask { await self.counts.run() } }
            }
        }
        // Apart from the rest: where a thread hangs, it waits for that thread, and the stop must not.
        let watch = Task { await self.watchdog?.run() }
        defer { watch.cancel() }
        var current = configuration
        var stopping: Task<Void, Never>?
        for await signal in signals {
            switch signal {
            case .sighup where stopping == nil:
                current = self.reloaded(from: current, reload)
            case .sighup:
                break
            default:
                guard stopping == nil else { return .terminated }
                self.logger.notice("stopping", metadata: ["signal": "\(signal)"])
                self.manager.stopping()
                stopping = Task {
                    await self.stop(background)
                    // The stop is over: end the process from here, since the loop waits for signals.
                    exit(Exit.success.rawValue)
                }
            }
        }
        return .success
    }

    private func stop(_ background: Task<Void, Never>) async {
        await self.annexes.stop()
        await self.network.drain(within: Daemon.drainTime)
        background.cancel()
        await background.value
        self.engine.flushCounters()
        let isClean = await self.store.close(wallMilliseconds: self.engine.clock.wallMilliseconds())
        if !isClean {
            self.logger.error("stopped_unsaved", metadata: ["cause": "\(self.store.unsavedCause)"])
        }
        self.logger.notice("stopped")
    }

    /// Takes over what can change while running. A file that cannot be used changes nothing.
    private func reloaded(
        from current: Configuration, _ reload: @Sendable () throws -> Configuration
    ) -> Configuration {
        self.manager.reloading()
        do {
            let new = try reload()
            for key in Configuration.changesNeedingRestart(from: current, to: new) {
                self.logger.warning("change_needs_restart", metadata: ["key": "\(key.name)"])
            }
            if new.notifiers != current.notifiers {
                self.logger.warning("change_needs_restart", metadata: ["key": "notifiers"])
            }
            self.logLevel.current = new.log.level
            self.engine.replaceFilePolicies(new.policies)
            self.logger.notice("reloaded", metadata: ["policies": "\(new.policies.count)"])
            self.manager.reloaded(error: nil)
            return new
        } catch {
            self.logger.error(
                "reload_failed", metadata: ["cause": "\(error)", "kept": "the former configuration"])
            self.manager.reloaded(error: "\(error)")
            return current
        }
    }
}
