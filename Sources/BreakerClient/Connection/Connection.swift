// What tasks see of a connection. Each operation encodes its line where it is called and hops to the event
// loop once; everything mutable lives there, in `ConnectionManager`, so no lock is on the path.

import BreakerCore
import BreakerWire
import NIOCore

/// A connection to the daemon that makes itself anew until it is shut down or dropped.
final class Connection: Sendable {
    private let loop: any EventLoop
    private let manager: NIOLoopBoundBox<ConnectionManager>

    /// - Parameter observer: gets what the daemon sends unasked; called on the event loop.
    init(
        endpoints: [Endpoint], configuration: BreakerClient.Configuration, eventLoop: any EventLoop,
        observer: sending (any ConnectionObserver)? = nil
    ) {
        self.loop = eventLoop
        let manager = ConnectionManager(
            endpoints: endpoints, configuration: configuration, loop: eventLoop, observer: observer)
        self.manager = NIOLoopBoundBox.makeBoxSendingValue(manager, eventLoop: eventLoop)
    }

    deinit {
        // Nobody is left to shut it down: the socket must not outlive the last handle.
        self.loop.execute { [manager] in manager.value.close() }
    }

    /// Connects without waiting for the first request.
    func open() {
        self.perform { $0.open() }
    }

    /// Sends a request and waits for its reply, at most until its deadline.
    func send(_ request: Request) async throws(BreakerError) -> Reply {
        guard request.line.readableBytes <= WireLimits().lineBytes else {
            throw BreakerError(
                .tooLong, "the request is longer than a line may be, \(WireLimits().lineBytes) bytes")
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.perform { $0.submit(request, .task(continuation)) }
                // A task cancelled before its request was on its way to the loop: the handler below came too
                // early.
                if Task.isCancelled { self.abandon(request.id) }
            }
        } onCancel: {
            self.abandon(request.id)
        }
        return try result.get()
    }

    /// Sends a request without an id, whose reply nobody waits for.
    ///
    /// - Parameter done: called on the event loop; false: there is no connection, or the daemon does not
    ///   read.
    func post(
        _ op: StaticString, _ members: (inout JSONWriter) -> Void,
        done: (@Sendable (_ isSent: Bool) -> Void)? = nil
    ) {
        var line = ByteBuffer()
        line.writeJSONLine { writer in
            writer.field("op", "\(op)")
            members(&writer)
        }
        self.perform { [line] manager in
            let isSent = manager.post(line)
            done?(isSent)
        }
    }

    /// Lets the observer look at what other threads have done.
    func wake() {
        self.perform { manager in manager.observer?.wake(manager) }
    }

    /// How it stands when the event loop has looked at everything that was handed to it before.
    func settle() async -> LinkStatus {
        await withCheckedContinuation { continuation in
            self.perform { continuation.resume(returning: LinkStatus($0)) }
        }
    }

    /// Reads again after the observer asked to pause.
    func resumeReading() {
        self.perform { $0.resumeReading() }
    }

    func shutdown() async {
        await withCheckedContinuation { continuation in
            self.perform { manager in
                let end = manager.now + Interval(manager.configuration.shutdownDeadline)
                guard let observer = manager.observer else {
                    return manager.shutdown(by: end) { continuation.resume() }
                }
                observer.finish(manager) { manager.shutdown(by: end) { continuation.resume() } }
            }
        }
    }

    private func abandon(_ id: Int64) {
        self.perform { $0.abandon(id) }
    }

    private func perform(_ action: @escaping @Sendable (ConnectionManager) -> Void) {
        self.loop.execute { [manager] in action(manager.value) }
    }
}

/// Who wants to know what a connection does beyond answering requests. Called on its event loop.
protocol ConnectionObserver: AnyObject {
    /// `hello` was answered; requests sent now are the first of this connection.
    func connected(_ manager: ConnectionManager, hello: Hello)
    /// An event of a watch.
    func received(_ event: Reply, from manager: ConnectionManager)
    /// The connection was lost, or could not be made. The next attempt comes by itself.
    func disconnected(_ error: BreakerError, from manager: ConnectionManager)
    /// There will be no further connection.
    func closed()
    /// A line has come.
    func heard()
    /// No reply came within the request's deadline.
    func missed(_ request: Request)
    /// Another thread has done something that concerns the observer.
    func wake(_ manager: ConnectionManager)
    /// The connection is to be shut down when `done` is called.
    func finish(_ manager: ConnectionManager, done: @escaping () -> Void)
}

/// What most observers need not know.
extension ConnectionObserver {
    func heard() {}
    func missed(_ request: Request) {}
    func wake(_ manager: ConnectionManager) {}
    func finish(_ manager: ConnectionManager, done: @escaping () -> Void) { done() }
}
