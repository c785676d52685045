import ArgumentParser
import BreakerClient
import Foundation

/// Who commands and why: it goes into the history and is shown to whoever looks at the breaker.
struct OperatorOptions: ParsableArguments {
    private static let actorBytes = 128
    private static let reasonBytes = 512

    @Option(help: ArgumentHelp("Who you are. (default: $USER@host)", valueName: "name"))
    var actor: String?

    @Option(help: ArgumentHelp("Why: an incident's number, or a few words.", valueName: "text"))
    var reason: String?

    func validate() throws {
        try OperatorOptions.check(self.actor, name: "--actor", bytes: OperatorOptions.actorBytes)
        try OperatorOptions.check(self.reason, name: "--reason", bytes: OperatorOptions.reasonBytes)
    }

    /// Who commands: what was given, else the user and host, where they fit.
    var effectiveActor: String {
        self.actor
            ?? OperatorOptions.defaultActor(
                user: ProcessInfo.processInfo.environment["USER"] ?? NSUserName(),
                host: ProcessInfo.processInfo.hostName)
    }

    /// As the client sends it.
    var note: OperatorNote { OperatorNote(actor: self.effectiveActor, reason: self.reason) }

    /// `user@host`, cut to what the daemon takes.
    static func defaultActor(user: String, host: String) -> String {
        let short = host.split(separator: ".").first.map(String.init) ?? "localhost"
        let actor = "\(user.isEmpty ? "unknown" : user)@\(short)".neutralised
        // A character has at most four bytes of UTF-8 here: names of users and hosts have no composed ones.
        return actor.utf8.count <= self.actorBytes
            ? actor : String(actor.unicodeScalars.prefix(self.actorBytes / 4))
    }

    private static func check(_ text: String?, name: String, bytes: Int) throws {
        guard let text else { return }
        guard text.utf8.count <= bytes else {
            throw ValidationError("\(name) takes at most \(bytes) bytes; this has \(text.utf8.count).")
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw ValidationError("\(name) takes one line without control characters.")
        }
    }
}
