// Backups that clients pull: one at a time, each taking as much of the disk as the database does. It ends
// with its connection, by `backup.end`, or when nobody has read from it for a minute.

import BreakerCore
import BreakerStore
import BreakerWire
import Dispatch
import Synchronization

final class Backups: Sendable {
    /// A verified copy and who may read it.
    struct Ready: Sendable {
        let name: String
        let session: SessionID
        let copy: BackupCopy
        /// CRC-32 of the whole copy.
        let checksum: UInt32
    }

    struct Part: Sendable {
        let bytes: [UInt8]
        let isLast: Bool
    }

    typealias Completion<Value> = @Sendable (Result<Value, WireError>) -> Void

    private enum Phase {
        case idle
        case making(number: Int, SessionID)
        case ready(number: Int, Ready, readAt: DispatchTime)
    }

    private struct State {
        var phase = Phase.idle
        var lastNumber = 0
    }

    static let unknown = WireError(
        .notFound, "this connection has no such backup; backup.begin begins one", field: "backup")
    private static let idleSeconds = 60

    private let engine: Engine
    private let store: Store
    private let state = Mutex(State())
    /// Reading a copy may wait for the disk, which event loops must not.
    private let queue = DispatchQueue(label: "breakerd-backup", qos: .utility)

    init(engine: Engine, store: Store) {
        self.engine = engine
        self.store = store
    }

    /// Makes a copy that holds all that was answered before.
    func begin(for session: SessionID, completion: @escaping Completion<Ready>) {
        guard !self.store.isInMemory else {
            let message = "the daemon keeps its state in memory only: there is no database to back up"
            return completion(.failure(WireError(.unsupported, message)))
        }
        guard let number = self.claim(for: session) else {
            let message = "another backup is under way; the daemon makes one at a time"
            return completion(.failure(WireError(.conflict, message)))
        }
        self.queue.async {
            self.engine.flushCounters()
            self.store.backup(
                wallMilliseconds: self.engine.clock.wallMilliseconds(),
                isCancelled: { !self.isMaking(number) },
                completion: { result in
                    self.queue.async { completion(self.made(result, number, for: session)) }
                })
        }
    }

    /// The part of at most 48,000 bytes at an offset; empty beyond the end.
    func read(_ part: Request.BackupRead, for session: SessionID, completion: @escaping Completion<Part>) {
        let ready = self.state.withLock { state -> Ready? in
            guard case .ready(let number, let ready, _) = state.phase, ready.name == part.backup,
                ready.session == session
            else { return nil }
            state.phase = .ready(number: number, ready, readAt: .now())
            return ready
        }
        guard let copy = ready?.copy else { return completion(.failure(Backups.unknown)) }
        self.queue.async {
            completion(
                Result { () throws(StoreError) in
                    let bytes = try copy.read(from: part.offset, count: WireLimits.backupPart)
                    return Part(bytes: bytes, isLast: part.offset + bytes.count >= copy.bytes)
                }.mapError { WireError(.storageUnavailable, $0.explanation) })
        }
    }

    /// False: the session has no such backup.
    func end(_ backup: String, for session: SessionID) -> Bool {
        self.state.withLock { state in
            guard case .ready(_, let ready, _) = state.phase, ready.name == backup, ready.session == session
            else { return false }
            state.phase = .idle
            return true
        }
    }

    /// The connection is gone.
    func end(of session: SessionID) {
        self.state.withLock { state in
            switch state.phase {
            case .idle: break
            case .making(_, let holder): if holder == session { state.phase = .idle }
            case .ready(_, let ready, _): if ready.session == session { state.phase = .idle }
            }
        }
    }

    private func claim(for session: SessionID) -> Int? {
        self.state.withLock { state in
            guard case .idle = state.phase else { return nil }
            state.lastNumber += 1
            state.phase = .making(number: state.lastNumber, session)
            return state.lastNumber
        }
    }

    private func isMaking(_ number: Int) -> Bool {
        self.state.withLock { state in
            if case .making(number, _) = state.phase { true } else { false }
        }
    }

    private func made(
        _ result: Result<BackupCopy, StoreError>, _ number: Int, for session: SessionID
    ) -> Result<Ready, WireError> {
        let ready = result.flatMap { copy in
            Result { () throws(StoreError) in
                Ready(name: "b\(number)", session: session, copy: copy, checksum: try Backups.checksum(copy))
            }
        }
        self.state.withLock { state in
            guard case .making(number, _) = state.phase else { return }
            switch ready {
            case .success(let ready): state.phase = .ready(number: number, ready, readAt: .now())
            case .failure: state.phase = .idle
            }
        }
        if case .success = ready { self.expire(number) }
        return ready.mapError { WireError(.storageUnavailable, $0.explanation) }
    }

    private static func checksum(_ copy: BackupCopy) throws(StoreError) -> UInt32 {
        var checksum = CRC32()
        for offset in stride(from: 0, to: copy.bytes, by: 1 << 20) {
            checksum.add(try copy.read(from: offset, count: 1 << 20))
        }
        return checksum.value
    }

    /// Lets go of a backup that nobody has read from for a minute; looks again when that can be so.
    private func expire(_ number: Int) {
        let next = self.state.withLock { state -> DispatchTime? in
            guard case .ready(number, _, let readAt) = state.phase else { return nil }
            let end = readAt + .seconds(Backups.idleSeconds)
            if end > .now() { return end }
            state.phase = .idle
            return nil
        }
        guard let next else { return }
        self.queue.asyncAfter(deadline: next) { self.expire(number) }
    }
}
