import ArgumentParser
import BreakerClient

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the daemon's database into a file while it runs.",
        discussion: """
            The copy holds all that was answered before; the daemon verifies it whole, and what arrived is \
            checked against its length and CRC-32. The file appears when it is complete, readable by you \
            alone. `breakerd --restore FILE` puts it back.

            Examples:
              breakerctl backup breakerd-$(date +%F).sqlite
              breakerctl backup --url tcp:10.0.0.5:2757 --force latest.sqlite
            """)

    @Argument(
        help: "The file to make.", completion: .file())
    var file: String

    @Flag(help: "Replace the file if it exists.")
    var force = false

    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func validate() throws {
        if self.file.isEmpty || self.file.hasSuffix("/") { throw ValidationError("FILE must name a file.") }
    }

    func run() async throws {
        try await self.globals.withClient { client in
            do {
                let file = try NewFile(self.file, replacing: self.force)
                defer { file.discard() }
                let backup = try await client.backup { try file.write($0) }
                try file.complete()
                try self.tell(backup)
            } catch let error as NewFile.Problem {
                throw self.refused(error.message)
            } catch let error as BackupDamaged {
                throw self.refused("the backup is damaged: \(error.difference); nothing was kept, try again")
            }
        }
    }

    private func tell(_ backup: DaemonBackup) throws {
        if self.globals.json {
            return try Output.standard.write(BackupReport.json(of: backup, in: self.file))
        }
        try self.globals.screen.show(sentence: BackupReport.sentence(of: backup, in: self.file))
    }

    private func refused(_ message: String) -> ReportedFailure {
        ReportedFailure(failure: Failure(refused: message), json: self.globals.json)
    }
}
