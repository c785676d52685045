import BreakerStore

/// `breakerd --restore FILE`: says what it did and ends; nothing is served.
package enum Restore {
    /// The process's exit code: 0, or 78 where the backup or the database cannot be used.
    package static func run(_ file: String, _ configuration: Configuration) -> Int32 {
        guard case .file(let database) = configuration.database else {
            return self.refuse("a database in memory cannot be restored; name a file with --database")
        }
        do throws(RestoreError) {
            let restored = try Restorer.restore(
                file, as: database, wallMilliseconds: DaemonClock.systemWallMilliseconds())
            let count = restored.breakers == 1 ? "1 breaker" : "\(restored.breakers) breakers"
            print("restored \(database) from \(file): \(count), next epoch \(restored.nextEpoch)")
            if let moved = restored.movedTo { print("the former database is now \(moved)") }
            print("start breakerd to serve it")
            return Daemon.Exit.success.rawValue
        } catch {
            return self.refuse("\(error)")
        }
    }

    private static func refuse(_ message: String) -> Int32 {
        LineOutput.standardError.tell(message)
        return Daemon.Exit.configuration.rawValue
    }
}
