import ArgumentParser
import BreakerClient
import Foundation

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the daemon and the way to it, and say what to do.",
        discussion: """
            Exit status 0 if nothing fails (warnings are told), 1 if something does, 69 if no daemon answers.

            Examples:
              breakerctl doctor
              breakerctl doctor --json | jq '.checks[] | select(.level != "ok")'
            """)

    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func run() async throws {
        try await self.globals.withClient { client in
            var findings: [Finding] = []
            var status = ProcessStatus.done
            do throws(BreakerError) {
                let figures = try await self.figures(of: client)
                findings = client.endpoints.map { Place($0).finding($0, isAnswered: true) } + figures
                if findings.contains(where: { $0.level == .fail }) { status = .refused }
            } catch {
                status = ProcessStatus(of: error.code)
                findings = client.endpoints.map { Place($0).finding($0, isAnswered: false) }
                let message = Failure(error, endpoints: client.endpoints).message
                findings.append(.fail("daemon", message, "the lines above say where to look"))
            }
            try self.tell(findings)
            if status != .done { throw Judged(status: status) }
        }
    }

    private func figures(of client: BreakerClient) async throws(BreakerError) -> [Finding] {
        let asked = Date()
        let stats = try await client.stats()
        // Half the way there and back, at most, is not the clock's fault.
        let middle = (asked.timeIntervalSince1970 + Date().timeIntervalSince1970) / 2
        let skew = Double(stats.now.unixMilliseconds) - middle * 1_000
        var overridden: [BreakerStatus] = []
        if stats.breakers.forced > 0 {
            var cursor: String?
            repeat {
                let page = try await client.list(limit: 1_000, cursor: cursor)
                overridden += page.breakers.filter { $0.override != nil }
                cursor = page.cursor
            } while cursor != nil && overridden.count < stats.breakers.forced
        }
        return Diagnosis.findings(stats, overridden: overridden, skew: .milliseconds(skew))
    }

    private func tell(_ findings: [Finding]) throws {
        if self.globals.json { return try Output.standard.write(DoctorReport.json(of: findings)) }
        try self.globals.screen.show(DoctorReport.table(of: findings))
    }
}
