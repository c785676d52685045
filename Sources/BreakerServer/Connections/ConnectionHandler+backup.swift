import BreakerStore
import BreakerWire

extension ConnectionHandler {
    /// Parts of one connection that may wait at once: 4, as for pages of history.
    private static let partWeight = historyWeight

    func backupBegin(id: RequestID) {
        let done = self.whenDone { (connection, result: Result<Backups.Ready, WireError>) in
            switch result {
            case .success(let backup):
                connection.reply(to: id) { reply in
                    reply.field("backup", backup.name)
                    reply.field("bytes", backup.copy.bytes)
                    reply.field("crc32", backup.checksum)
                    reply.field("epoch", backup.copy.epoch)
                    reply.field("breakers", backup.copy.breakers)
                }
            case .failure(let error): connection.replyError(error, to: id)
            }
        }
        self.service.backups.begin(for: self.session.id, completion: done)
    }

    func backupRead(_ part: Request.BackupRead, id: RequestID) {
        let done = self.whenDone(weight: ConnectionHandler.partWeight) {
            (connection, result: Result<Backups.Part, WireError>) in
            switch result {
            case .success(let part):
                connection.reply(to: id) { reply in
                    reply.field("data", Base64.text(part.bytes))
                    reply.field("bytes", part.bytes.count)
                    reply.field("done", part.isLast)
                }
            case .failure(let error): connection.replyError(error, to: id)
            }
        }
        self.service.backups.read(part, for: self.session.id, completion: done)
    }

    func backupEnd(_ backup: String, id: RequestID) {
        if self.service.backups.end(backup, for: self.session.id) {
            self.reply(to: id) { _ in }
        } else {
            self.replyError(Backups.unknown, to: id)
        }
    }
}
