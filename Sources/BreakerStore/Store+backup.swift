import BreakerCore

extension Store {
    /// Makes a verified copy of the database that holds everything enqueued before, without holding up what
    /// comes meanwhile.
    ///
    /// - Parameters:
    ///   - wallMilliseconds: the time now; the copy keeps it.
    ///   - isCancelled: asked between the steps; true ends the backup.
    ///   - completion: called once, on any thread. `.unavailable`: the disk is full or fails, or the database
    ///     is in memory; nothing is left behind.
    package func backup(
        wallMilliseconds: Int64, isCancelled: @escaping @Sendable () -> Bool,
        completion: @escaping @Sendable (Result<BackupCopy, StoreError>) -> Void
    ) {
        let database = self.status.path
        self.inbox.flush { [inbox] isFlushed in
            do throws(StoreError) {
                guard isFlushed else { throw .unavailable("what is owed cannot be written first") }
                let run = BackupRun(
                    into: try BackupFile.make(beside: database, "backup"), inbox: inbox,
                    wallMilliseconds: wallMilliseconds, isCancelled: isCancelled, completion: completion)
                inbox.read(run.step)
            } catch {
                completion(.failure(error))
            }
        }
    }

    /// Whether there is a file to copy.
    package var isInMemory: Bool { self.status.path == StoreOptions.Location.memory.path }
}
