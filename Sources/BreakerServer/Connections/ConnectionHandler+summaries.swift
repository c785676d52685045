// What was, minute by minute: read from the disk in pieces, while the connection goes on.

import BreakerStore
import BreakerWire

extension ConnectionHandler {
    private static let hour: Int64 = 3_600_000

    func minutes(_ minutes: Request.Minutes, id: RequestID) {
        guard let span = self.span(minutes.span, hours: 1, id: id) else { return }
        guard span.until - span.from < Int64(WireLimits.minutes) * Minute.milliseconds else {
            let problem = "must be less than \(WireLimits.minutes) minutes before until_ms"
            return self.replyError(.badRequest("since_ms", problem), to: id)
        }
        let engine = self.service.engine
        self.answer(id) { () async throws(StoreError) in
            try await engine.minutes(of: minutes.breaker, in: span)
        } members: { reply, rows in
            reply.field("breaker", minutes.breaker)
            reply.array("minutes") { list in
                for row in rows { list.element { $0.fields(of: row) } }
            }
        }
    }

    func summary(_ summary: Request.Summary, id: RequestID) {
        guard let span = self.span(summary.span, hours: 24, id: id) else { return }
        let engine = self.service.engine
        self.answer(id) { () async throws(StoreError) in
            try await engine.summary(span, match: summary.match, limit: summary.limit)
        } members: { reply, summary in
            reply.fields(of: summary)
        }
    }

    /// Nil: it ends before it begins, which has been answered.
    ///
    /// - Parameter hours: how long it is where the request does not say.
    private func span(_ span: Request.Span, hours: Int64, id: RequestID) -> Summary.Span? {
        let now = self.service.engine.clock.wallMilliseconds()
        let until = span.until.map(Int64.init) ?? now
        let from = span.since.map(Int64.init) ?? max(0, until - hours * ConnectionHandler.hour)
        guard from <= until else {
            self.replyError(.badRequest("since_ms", "must not be after until_ms, or now"), to: id)
            return nil
        }
        return Summary.Span(from: from, until: until)
    }

    private func answer<Value: Sendable>(
        _ id: RequestID, _ value: @escaping @Sendable () async throws(StoreError) -> Value,
        members: @escaping (inout JSONWriter, Value) -> Void
    ) {
        let done = self.whenDone(weight: ConnectionHandler.historyWeight) {
            (connection, result: Result<Value, StoreError>) in
            switch result {
            case .success(let value): connection.reply(to: id) { members(&$0, value) }
            case .failure(let error):
                connection.replyError(WireError(.storageUnavailable, error.explanation), to: id)
            }
        }
        Task {
            do throws(StoreError) {
                done(.success(try await value()))
            } catch {
                done(.failure(error))
            }
        }
    }
}
