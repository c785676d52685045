// Runs the command and turns however it ends into a message and an exit status. ArgumentParser has statuses
// of its own (64 for usage), which are mapped here, in the one place.

import ArgumentParser
import Foundation

@main
enum Main {
    static func main() async {
        do {
            var command = try await Breakerctl.asyncParseAsRoot(
                LeadingOptions.moved(Array(CommandLine.arguments.dropFirst())))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            Main.end(after: error)
        }
    }

    private static func end(after error: any Error) -> Never {
        let ending = Ending(of: error)
        if let text = ending.output { try? Output.standard.write(text) }
        if let text = ending.complaint { try? Output.error.write(text) }
        exit(ending.status.rawValue)
    }
}

/// What is printed and returned when a command ends by an error.
struct Ending: Hashable, Sendable {
    let status: ProcessStatus
    /// For standard output: help, completions, an error reply for `--json`.
    var output: String?
    /// For standard error.
    var complaint: String?

    init(of error: any Error) {
        switch error {
        case is OutputClosed:
            // Whoever reads has seen enough (`breakerctl watch | head -1`).
            self.status = .done
        case let judged as Judged:
            self.status = judged.status
        case let failure as ReportedFailure:
            self.status = failure.failure.status
            self.output = failure.json ? failure.failure.reply?.json : nil
            self.complaint = "breakerctl: \(failure.failure.message.neutralised)"
        default:
            let text = Breakerctl.fullMessage(for: error)
            if Breakerctl.exitCode(for: error).isSuccess {
                self.status = .done
                self.output = text
            } else {
                self.status = .usage
                self.complaint = text
            }
        }
    }
}

/// The command did its work and said what it found; the status says the worst of it.
struct Judged: Error {
    let status: ProcessStatus
}

/// A failure with how its command was asked to print.
struct ReportedFailure: Error {
    let failure: Failure
    /// Whether `--json` was given.
    let json: Bool
}
