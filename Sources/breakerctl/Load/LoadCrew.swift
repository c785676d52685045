import BreakerClient
import Foundation
import NIOCore
import NIOPosix

/// The threads of a load with all its connections, ready to begin.
struct LoadCrew: Sendable {
    /// Connections that are made at the same time: far fewer than a listener's queue holds.
    private static let wave = 64
    /// Files that the program has open besides.
    private static let otherFiles = 64
    /// From the order to begin until it does: all threads have heard of it by then.
    private static let headStart = TimeAmount.milliseconds(20)

    let plan: LoadPlan
    let endpoint: Endpoint
    private let group: MultiThreadedEventLoopGroup
    private let workers: [NIOLoopBound<LoadWorker>]

    /// Makes all connections and introduces them.
    ///
    /// - Parameter endpoints: the first that takes a connection gets them all.
    /// - Throws: `LoadFailure`, where not all could be made.
    init(_ plan: LoadPlan, endpoints: [Endpoint]) async throws {
        try LoadCrew.allowFiles(plan.connections + LoadCrew.otherFiles)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: plan.threads)
        let lines = LoadLines(plan)
        var workers: [NIOLoopBound<LoadWorker>] = []
        for _ in 0..<plan.threads {
            let loop = group.next()
            workers.append(
                try await loop.submit {
                    NIOLoopBound(
                        LoadWorker(plan, lines: lines, hello: LoadCrew.hello, loop: loop), eventLoop: loop)
                }.get())
        }
        self.plan = plan
        self.group = group
        self.workers = workers
        do {
            self.endpoint = try await LoadCrew.connectFirst(of: endpoints, plan, workers)
            try await LoadCrew.connectOthers(to: self.endpoint, plan, workers)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Runs the load to its end, or until `interruption` returns.
    func run(until interruption: @escaping @Sendable () async -> Void) async -> LoadResult {
        let window = LoadWindow(self.plan, begin: .now() + LoadCrew.headStart)
        let shares = await self.shares(of: window, interruption)
        try? await self.group.shutdownGracefully()
        return LoadResult(shares, plan: self.plan, endpoint: self.endpoint, window: window)
    }

    private func shares(
        of window: LoadWindow, _ interruption: @escaping @Sendable () async -> Void
    ) async -> [LoadShare] {
        await withTaskGroup(of: LoadShare?.self) { tasks in
            for (index, worker) in self.workers.enumerated() {
                let quota = self.plan.quota.map { $0.part(index, of: self.workers.count) }
                tasks.addTask {
                    try? await worker.eventLoop.flatSubmit {
                        worker.value.start(window, quota: quota)
                    }.get()
                }
            }
            tasks.addTask {
                await interruption()
                if !Task.isCancelled { self.stop() }
                return nil
            }
            var shares: [LoadShare] = []
            for await share in tasks {
                guard let share else { continue }
                shares.append(share)
                // Without one of them it is not the load that was asked for.
                if case .failed = share.end { self.stop() }
                if shares.count == self.workers.count { tasks.cancelAll() }
            }
            return shares
        }
    }

    private func stop() {
        for worker in self.workers { worker.eventLoop.execute { worker.value.end(.stopped) } }
    }

    // MARK: Connecting

    private static var hello: String {
        "{\"op\":\"hello\",\"id\":0,\"protocol\":1,\"client\":{\"name\":\"breakerctl bench\","
            + "\"library\":\"\(BreakerClient.library)\"}}\n"
    }

    private static func connectFirst(
        of endpoints: [Endpoint], _ plan: LoadPlan, _ workers: [NIOLoopBound<LoadWorker>]
    ) async throws -> Endpoint {
        var failure = LoadFailure.unconnected(1, of: plan.connections, "there is no place to connect to")
        for endpoint in endpoints {
            do {
                try await self.connect(0, to: endpoint, plan, workers[0])
                return endpoint
            } catch let error as LoadFailure {
                failure = error
            }
        }
        throw failure
    }

    private static func connectOthers(
        to endpoint: Endpoint, _ plan: LoadPlan, _ workers: [NIOLoopBound<LoadWorker>]
    ) async throws {
        for first in stride(from: 1, to: plan.connections, by: self.wave) {
            try await withThrowingTaskGroup { tasks in
                for position in first..<min(first + self.wave, plan.connections) {
                    tasks.addTask {
                        try await self.connect(
                            position, to: endpoint, plan, workers[position % workers.count])
                    }
                }
                try await tasks.waitForAll()
            }
        }
    }

    private static func connect(
        _ position: Int, to endpoint: Endpoint, _ plan: LoadPlan, _ worker: NIOLoopBound<LoadWorker>
    ) async throws {
        let ready = worker.eventLoop.makePromise(of: Void.self)
        let bootstrap = ClientBootstrap(group: worker.eventLoop)
            .connectTimeout(TimeAmount(plan.patience))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        LoadConnection(position: position, plan: plan, worker: worker.value, ready: ready))
                }
            }
        let connected =
            switch endpoint {
            case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
            case .tcp(let host, let port):
                bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1).connect(host: host, port: port)
            }
        do {
            _ = try await connected.get()
        } catch {
            ready.fail(LoadFailure.unconnected(position + 1, of: plan.connections, Host.describe(error)))
        }
        try await ready.futureResult.get()
    }

    /// Lets this process open so many files, if the system permits.
    private static func allowFiles(_ count: Int) throws(LoadFailure) {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < rlim_t(count) else { return }
        guard limit.rlim_max >= rlim_t(count) else {
            throw .tooFewFiles(limit: Int(limit.rlim_max), needed: count)
        }
        limit.rlim_cur = rlim_t(count)
        setrlimit(resource, &limit)
    }
}

extension Int {
    /// The size of one of `count` parts that are as even as can be.
    func part(_ index: Int, of count: Int) -> Int { self / count + (index < self % count ? 1 : 0) }
}
