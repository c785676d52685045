// Making a connection: endpoint by endpoint, and `hello` before anything else.

import Logging
import NIOCore

extension ConnectionManager {
    func open() {
        if case .idle = self.state { self.connect(unsent: []) }
    }

    /// Begins a round through the endpoints.
    func connect(unsent: [Request]) {
        if case .closed = self.state { return }
        self.attempts += 1
        self.state = .connecting(Attempt(number: self.attempts, unsent: unsent))
        self.tryEndpoint(0, attempt: self.attempts)
    }

    private func tryEndpoint(_ index: Int, attempt: Int) {
        guard case .connecting(let current) = self.state, current.number == attempt else { return }
        guard index < self.endpoints.count else {
            let why =
                current.failures.isEmpty ? "there is no endpoint" : current.failures.joined(separator: "; ")
            return self.retry(after: why, wasReady: false)
        }
        let endpoint = self.endpoints[index]
        let future = endpoint.connect(on: self.loop, configuration: self.configuration)
        future.assumeIsolated().whenComplete { [weak self] result in
            guard let self, case .connecting(var current) = self.state, current.number == attempt else {
                if case .success(let channel) = result { channel.close(promise: nil) }
                return
            }
            switch result {
            case .failure(let error):
                self.skip(endpoint, Host.describe(error), index: index, attempt: attempt)
            case .success(let channel):
                guard let handler = try? channel.pipeline.syncOperations.handler(type: LineHandler.self),
                    channel.isActive
                else {
                    channel.close(promise: nil)
                    self.skip(endpoint, "closed at once", index: index, attempt: attempt)
                    return
                }
                current.handler = handler
                self.state = .connecting(current)
                self.greet(handler, endpoint: endpoint, index: index, attempt: attempt)
            }
        }
    }

    private func greet(_ handler: LineHandler, endpoint: Endpoint, index: Int, attempt: Int) {
        handler.manager = self
        self.connections += 1
        let request = Hello.request(self.configuration)
        let timer = self.schedule(in: request.deadline) { [weak self] in
            self?.lost("no answer to hello", from: handler)
        }
        self.greeting = request.id
        self.pending.insert(
            request,
            .client { [weak self] result in
                guard let self, case .connecting(let current) = self.state, current.number == attempt else {
                    return
                }
                do throws(BreakerError) {
                    self.becomeReady(handler, try Hello(try result.get()), endpoint, current)
                } catch {
                    handler.close()
                    self.skip(endpoint, error.message, index: index, attempt: attempt)
                }
            },
            deadline: timer)
        handler.send(request.line)
    }

    /// `hello` will not be answered: its waiter tries the next endpoint.
    func failGreeting(_ why: String) {
        guard let id = self.greeting, let pending = self.pending.remove(id) else { return }
        self.greeting = nil
        pending.waiter.end(.failure(BreakerError(.unavailable, why)))
    }

    private func skip(_ endpoint: Endpoint, _ why: String, index: Int, attempt: Int) {
        guard case .connecting(var current) = self.state, current.number == attempt else { return }
        current.handler = nil
        current.failures.append("cannot use breakerd at \(endpoint): \(why)")
        self.state = .connecting(current)
        self.tryEndpoint(index + 1, attempt: attempt)
    }

    private func becomeReady(_ handler: LineHandler, _ hello: Hello, _ endpoint: Endpoint, _ attempt: Attempt)
    {
        self.state = .ready(handler)
        self.greeting = nil
        self.isLossLogged = false
        self.configuration.logger.log(
            .connected, at: .info, ["endpoint": "\(endpoint)", "server": "\(hello.server)"])
        self.observer?.connected(self, hello: hello)
        for request in attempt.unsent {
            if self.pending.isAwaited(request.id) {
                self.transmit(request, over: handler)
            } else {
                _ = self.pending.remove(request.id)
            }
        }
    }
}
