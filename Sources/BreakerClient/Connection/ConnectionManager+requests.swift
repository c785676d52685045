// Requests out, replies in.

import BreakerCore
import BreakerWire
import Logging
import NIOCore

extension ConnectionManager {
    /// Takes a request; its waiter is told its end, at the latest at its deadline.
    func submit(_ request: Request, _ waiter: Waiter) {
        guard self.pending.count < self.configuration.maximumRequestsInFlight else {
            let message = "\(self.pending.count) requests are waiting for their replies"
            return waiter.end(.failure(BreakerError(.overloaded, message)))
        }
        switch self.state {
        case .draining, .closed:
            waiter.end(.failure(BreakerError(.shutDown, "the client was shut down")))
        case .waiting: waiter.end(.failure(self.unavailable))
        case .connecting(var attempt):
            guard self.failures == 0 else { return waiter.end(.failure(self.unavailable)) }
            self.track(request, waiter)
            attempt.unsent.append(request)
            self.state = .connecting(attempt)
        case .idle:
            self.track(request, waiter)
            self.connect(unsent: [request])
        case .ready(let handler):
            guard handler.isWritable else {
                return waiter.end(
                    .failure(BreakerError(.overloaded, "the daemon does not read what it is sent")))
            }
            self.track(request, waiter)
            self.transmit(request, over: handler)
        }
    }

    /// Sends a line whose reply nobody waits for, if there is a connection. Whether there was.
    func post(_ line: ByteBuffer) -> Bool {
        guard case .ready(let handler) = self.state, handler.isWritable else { return false }
        handler.send(line)
        return true
    }

    /// The request's task was cancelled.
    func abandon(_ id: Int64) {
        self.pending.abandon(id).end(.failure(BreakerError(.cancelled, "the task was cancelled")))
    }

    func transmit(_ request: Request, over handler: LineHandler) {
        if self.silentSince == nil { self.silentSince = self.now }
        handler.send(request.line)
    }

    private func track(_ request: Request, _ waiter: Waiter) {
        let timer = self.schedule(in: request.deadline) { [weak self] in self?.expire(request) }
        self.pending.insert(request, waiter, deadline: timer)
    }

    private func expire(_ request: Request) {
        self.observer?.missed(request)
        self.pending.abandon(request.id).end(
            .failure(BreakerError(.deadlineExceeded, "no reply within \(request.deadline)")))
        guard case .ready(let handler) = self.state, let since = self.silentSince,
            self.now - since >= ConnectionManager.silence, !self.isReadingPaused
        else { return }
        self.lost("the daemon has been silent for too long", from: handler)
    }

    private var unavailable: BreakerError {
        BreakerError(.unavailable, self.lastFailure ?? "breakerd is being connected to again")
    }

    // MARK: Replies

    /// One line of the daemon's.
    func received(_ reply: Reply, from handler: LineHandler) {
        self.silentSince = self.pending.count > 1 ? self.now : nil
        self.observer?.heard()
        if reply.object["watch"] != nil {
            self.failures = 0
            self.observer?.received(reply, from: self)
            return
        }
        switch reply.object["id"] {
        case .integer(let id)?: self.answered(id, reply, from: handler)
        case .null?: self.refused(reply, from: handler)
        default: self.fault("a line without an id", from: handler)
        }
    }

    private func answered(_ id: Int64, _ reply: Reply, from handler: LineHandler) {
        guard let pending = self.pending.remove(id) else {
            return self.fault("a reply to no request", from: handler)
        }
        if id != self.greeting { self.failures = 0 }
        switch pending.waiter {
        case .nobody: self.releaseUnwanted(reply, breaker: pending.grants, over: handler)
        case .task, .client: pending.waiter.end(reply.failure.map { .failure($0) } ?? .success(reply))
        }
        self.finishIfDrained()
    }

    /// A probe granted to a caller who has left would hold up recovery until its lease ends.
    private func releaseUnwanted(_ reply: Reply, breaker: String?, over handler: LineHandler) {
        guard let breaker, case .string(let permit)? = reply.object["permit"] else { return }
        let request = Request("release", deadline: self.configuration.callDeadline) { line in
            line.field("breaker", breaker)
            line.field("permit", permit)
        }
        self.track(request, .nobody)
        handler.send(request.line)
    }

    /// An error without an id: a report was refused, or the connection itself.
    private func refused(_ reply: Reply, from handler: LineHandler) {
        guard let error = reply.failure else { return self.fault("a reply without an id", from: handler) }
        if case .connecting = self.state {
            self.lost(error.message, from: handler)
        } else {
            self.configuration.logger.log(.requestRefused, at: .debug, ["error": "\(error)"])
        }
    }

    // MARK: Reading

    /// Stops reading until `resumeReading`.
    func pauseReading() {
        guard case .ready(let handler) = self.state else { return }
        self.isReadingPaused = true
        handler.setReading(false)
    }

    func resumeReading() {
        guard case .ready(let handler) = self.state else { return }
        self.isReadingPaused = false
        handler.setReading(true)
    }
}
